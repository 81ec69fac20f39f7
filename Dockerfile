FROM python:3.12-slim

# The account that the processes run under owns nothing but its data.
RUN useradd --system --home-dir /var/lib/hue-ews --create-home hue-ews
WORKDIR /usr/src/hue-ews
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY alerts alerts
COPY cli cli
COPY config config
COPY dash_app dash_app
COPY domain domain
COPY forecasting forecasting
COPY ingest ingest
COPY quality quality
COPY rules rules
COPY scheduler scheduler
COPY simulators simulators
COPY storage storage
RUN pip install --no-cache-dir --constraint constraints.txt . && rm -rf build

USER hue-ews
WORKDIR /var/lib/hue-ews
ENTRYPOINT ["ews"]
CMD ["--help"]
