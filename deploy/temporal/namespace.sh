#!/bin/sh
# Creates the namespace, or brings its retention to the configured value. Safe to run again.
# The CLI reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE itself.
set -eu

: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${TEMPORAL_RETENTION:?}"

wait_until() {
    left=60
    until "$@" >/dev/null; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
            echo "Gave up waiting for: $*" >&2
            exit 1
        fi
        sleep 1
    done
}

wait_until temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi

# A new namespace is refused for some seconds, until the server has refreshed its cache.
wait_until temporal workflow count --namespace "$TEMPORAL_NAMESPACE"

echo "Namespace $TEMPORAL_NAMESPACE is ready, retention $TEMPORAL_RETENTION"
