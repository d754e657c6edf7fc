# One image for every Holdfast process: worker, serve, setup. compose chooses the command.
# The base is pinned by tag. For a build that cannot change under you, pin the digest as well:
#   docker build --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:<digest> .
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/holdfast \
    UV_PYTHON_DOWNLOADS=never

RUN pip install --no-cache-dir uv==0.13.9

WORKDIR /src

# Dependencies first: this layer changes only with the lock file.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-editable --no-install-project

COPY README.md LICENSE ./
COPY sla sla
COPY policies policies
COPY activities activities
COPY workflows workflows
COPY worker worker
COPY intake intake
COPY cli cli
RUN uv sync --locked --no-dev --no-editable


FROM ${PYTHON_IMAGE}

# A new named volume takes its owner from the directory in the image, so /outbox must exist here.
RUN groupadd --gid 10001 holdfast \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin holdfast \
    && install -d -o 10001 -g 10001 -m 0750 /outbox

# The interpreter link in the environment points into the base image: both stages must use the same one.
COPY --from=build /opt/holdfast /opt/holdfast

# Only /tmp and /outbox are written to; the root file system may be read-only.
ENV PATH=/opt/holdfast/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOLDFAST_DATA=/tmp/holdfast \
    HOLDFAST_OUTBOX=/outbox

USER 10001:10001
ENTRYPOINT ["holdfast"]
