"""Resolving the terms of a ticket: the one look at policy files, zone data and holidays in a ticket's life."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from policies.entitled import admit
from policies.library import Library
from policies.terms import extend_terms, make_terms
from sla.base.errors import HoldfastError
from sla.inputs.terms import Terms
from sla.inputs.terms_request import ExtensionRequest, TermsRequest


class TermsDesk:
    """Looks up policies in a library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @activity.defn
    async def resolve_terms(self, request: TermsRequest) -> Terms:
        """The terms of a ticket. A policy or ticket that cannot be used fails for good, with its reason."""
        try:
            policy = self._library.in_force(request.ticket)
            admit(policy, request.ticket)
            return make_terms(policy, request.ticket, request.now)
        except HoldfastError as error:
            raise _final(error) from error

    @activity.defn
    async def extend_terms(self, request: ExtensionRequest) -> Terms:
        """The same terms with longer calendars; the policy is not looked at again."""
        try:
            return extend_terms(request.terms, request.ticket, request.needed)
        except HoldfastError as error:
            raise _final(error) from error


def _final(error: HoldfastError) -> ApplicationError:
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
