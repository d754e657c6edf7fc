"""What a person types and sees: commands, printed output, the embedded server and the demo."""
