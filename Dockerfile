# The app in a container, on the CPU unless told otherwise:
#   docker build -t menagerie . && docker run --read-only --tmpfs /tmp -p 8501:8501 -v menagerie:/data menagerie
# With CUDA, on a host with the NVIDIA container toolkit:
#   docker build --build-arg TORCH_BACKEND=cu132 -t menagerie .
#   docker run --gpus all --read-only --tmpfs /tmp -p 8501:8501 -v menagerie:/data menagerie
# It writes to /data and to /tmp alone.
FROM python:3.13.9-slim-trixie AS builder
ARG TORCH_BACKEND=cpu
RUN pip install --no-cache-dir uv==0.13.8
COPY requirements.txt .
RUN uv venv /opt/venv \
 && uv pip install --python /opt/venv --no-cache --compile-bytecode --torch-backend ${TORCH_BACKEND} -r requirements.txt \
 # 250 MB that nothing reads here: headers, tests, a Jupyter extension, a network protocol of Arrow, and bytecode of some
 # hundred model families of transformers.
 && find /opt/venv \( -path '*/torch/include' -o -path '*/pyarrow/include' -o -path '*/pydeck/nbextension' -o -name tests \
    -o -path '*/transformers/models/*/__pycache__' -o -name 'libarrow_flight*' -o -name 'libarrow_python_flight*' \) \
    -prune -exec rm -rf {} +

FROM python:3.13.9-slim-trixie
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    TORCH_HOME=/data/torch \
    HF_HOME=/data/huggingface \
    ZOO_DATA=/data/own \
    ZOO_CACHE=/data/cache \
    NUMBA_CACHE_DIR=/tmp/numba \
    OMP_WAIT_POLICY=PASSIVE
RUN useradd --create-home --uid 10001 menagerie && install --directory --owner menagerie --group menagerie /data
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY pyproject.toml LICENSE app.py ./
COPY .streamlit/ .streamlit/
COPY assets/ assets/
COPY zoo/ zoo/
COPY pages/ pages/
USER menagerie
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8501/api/v1/health', timeout=4)"]
CMD ["python", "-m", "zoo", "serve", "--host", "0.0.0.0"]
