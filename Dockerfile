# One image for every part: the command says which (`serve router`, `serve users`, `worker users`, `prepare` …).
# It has no mongod and no GraphiQL: both are in the extra `embedded`, which is for one's own machine.

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
# The libraries first: they change less often than the code.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE supergraph.yaml supergraph.graphql ./
COPY bmc bmc
COPY router router
COPY shared shared
COPY subgraphs subgraphs
RUN uv sync --frozen --no-dev && python -m compileall -q bmc router shared subgraphs
# The router's busiest modules become machine code. What that takes stays in this stage.
COPY deploy/compile_router.py deploy/compile_router.py
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
  && uv sync --frozen --no-dev --group compile && .venv/bin/python deploy/compile_router.py . \
  && uv sync --frozen --no-dev && rm -r deploy

FROM python:3.11-slim-bookworm
# The code belongs to root and runs as nobody in particular, so it can write to /tmp alone, and needs no more.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin bmc
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 BMC_HOST=0.0.0.0 BMC_PORT=4000 BMC_HOME=/tmp/bmc
WORKDIR /tmp
USER 10001:10001
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; ask = http.client.HTTPConnection('127.0.0.1', int(os.environ['BMC_PORT']), timeout=4); ask.request('GET', '/health'); sys.exit(ask.getresponse().status != 200)"]
ENTRYPOINT ["bmc"]
CMD ["--help"]
