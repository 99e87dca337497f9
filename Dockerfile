# One recipe for all six services: `propcast image build SERVICE`, or
#   docker build --build-arg SERVICE=prediction-worker --build-arg BASE=python@sha256:... .
# BASE is any Debian with Python 3.11, pinned by digest; deploy/propcast.toml names ours.
ARG BASE

FROM ${BASE} AS builder
ARG SERVICE
ARG RELEASE=unknown
ARG COMMIT=unknown
ENV UV_PROJECT_ENVIRONMENT=/app UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_NO_PROGRESS=1
RUN ["python3", "-m", "venv", "/uv"]
RUN ["/uv/bin/python", "-m", "pip", "install", "--quiet", "uv==0.13.9"]
WORKDIR /build
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY deploy ./deploy
RUN /uv/bin/uv sync --frozen --no-default-groups --no-install-project --compile-bytecode --python python3 \
    $(python3 deploy/parts.py extras "${SERVICE}")
COPY src ./src
RUN /uv/bin/uv sync --frozen --no-default-groups --no-editable --compile-bytecode --python python3 \
    $(python3 deploy/parts.py extras "${SERVICE}") \
 && /uv/bin/uv pip check --python /app/bin/python \
 && python3 deploy/parts.py native "${SERVICE}" > /native \
 && /app/bin/propcast image bake "${SERVICE}" --into /baked --release "${RELEASE}" --commit "${COMMIT}"

FROM ${BASE}
ARG SERVICE
ARG RELEASE=unknown
ARG COMMIT=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
ARG LOCK_HASH=unknown
LABEL org.opencontainers.image.version="${RELEASE}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      propcast.service="${SERVICE}" \
      propcast.lock_hash="${LOCK_HASH}"
COPY --from=builder /native /etc/propcast/native
RUN if [ -s /etc/propcast/native ]; then \
      apt-get update -qq && xargs apt-get install -y -qq --no-install-recommends < /etc/propcast/native \
      && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin; \
    fi
COPY --from=builder /app /app
COPY --from=builder /baked /etc/propcast
ENV PATH=/app/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /tmp
USER 10001:10001
RUN ["python", "-m", "propcast.delivery.images.zones"]
RUN propcast image selftest "${SERVICE}" --here
EXPOSE 8080
CMD ["python", "-m", "propcast.service.serving", "--host", "0.0.0.0", "--port", "8080"]
