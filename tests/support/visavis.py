"""A real server for black-box tests: build/visavis on a free port with a data directory of its own."""
import configparser
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VISAVIS_BINARY", ROOT / "build" / "visavis"))
SHARED = ROOT.parent / "shared" / "data"
CACHE = pathlib.Path(os.environ.get("VISAVIS_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "visavis")
REGION = "us-east-1"


def share_compiled_networks(data):
    """A new data directory finds the networks compiled by an earlier server or command of the tests: seconds saved each time."""
    compiled = CACHE / "compiled-for-tests"
    compiled.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not data.exists():
        data.mkdir(mode=0o700, parents=True)
        (data / "cache").symlink_to(compiled)


class Server:
    """`visavis serve`, started and ready. Use as a context manager, or call stop()."""

    def __init__(self, data, *arguments, listen="127.0.0.1:0", environment=None, ready_within=180.0, wrapper=(),
                 awaits="/health/ready"):
        self.data = pathlib.Path(data)
        self.log_path = pathlib.Path(tempfile.mkstemp(suffix=".log", prefix="visavis-")[1])
        self.banner_path = self.log_path.with_suffix(".banner")
        self.command = [*wrapper, str(BINARY), "serve", "--listen", listen, "--data", str(self.data), *map(str, arguments)]
        self.environment = {**os.environ, **(environment or {})}
        self.ready_within = ready_within
        self.awaits = awaits
        share_compiled_networks(self.data)
        self.start()

    def start(self):
        """Starts it (again), on a new free port where the port was left open."""
        self.log_start = self.log_path.stat().st_size
        with open(self.log_path, "ab") as log, open(self.banner_path, "wb") as banner:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=banner, stderr=log,
                                            env=self.environment)
        end = time.monotonic() + self.ready_within
        while " at http" not in self.banner.partition("\n")[0]:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"visavis serve did not start: {self.banner}{self.errors()}")
            time.sleep(0.02)
        self.url = self.banner.partition("\n")[0].split(" at ")[1].strip()
        self.wait_ready()

    @property
    def banner(self):
        """What it printed for the person who started it."""
        return self.banner_path.read_text()

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    @property
    def socket(self):
        return self.data / "visavis.sock"

    def errors(self):
        """What this start has written to standard error: log lines and complaints."""
        return self.log_path.read_bytes()[self.log_start:].decode(errors="replace")

    def log_lines(self):
        """The log's JSON lines of this start."""
        return [json.loads(line) for line in self.errors().splitlines() if line.startswith("{")]

    def wait_for_log(self, count=1, **fields):
        """The log's lines with these fields, once there are `count`: lines are written after the answer went out."""
        end = time.monotonic() + 5
        while True:
            found = [line for line in self.log_lines() if fields.items() <= line.items()]
            if len(found) >= count or time.monotonic() > end:
                return found
            time.sleep(0.02)

    def wait_ready(self):
        end = time.monotonic() + self.ready_within
        while True:
            try:
                with urllib.request.urlopen(self.url + self.awaits, timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"visavis serve is not ready ({error}): {self.errors()}") from error
                time.sleep(0.02)

    def keys(self):
        """(access key id, secret) of the root key."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(self.data / "credentials")
        return parser["default"]["aws_access_key_id"], parser["default"]["aws_secret_access_key"]

    def client(self, key=None, secret=None, token=None, retries=0, service="rekognition", **config):
        """A boto3 client; of the root key unless another is given."""
        import boto3
        from botocore.config import Config

        if key is None:
            key, secret = self.keys()
        settings = {"retries": {"max_attempts": retries}, "read_timeout": 60, **config}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token, config=Config(**settings))

    def client_environment(self, **changes):
        """Environment in which any AWS SDK or CLI finds this server and the root key, and nothing else."""
        key, secret = self.keys()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**kept, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
                "AWS_ENDPOINT_URL": self.url, "AWS_CONFIG_FILE": "/nonexistent",
                "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", **changes}

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, within=30):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.log_path.unlink(missing_ok=True)
        self.banner_path.unlink(missing_ok=True)


def run(*arguments, data=None, check=None, env=None, **more):
    """`visavis ARGUMENTS…` beside or without a server; the completed process with text output."""
    command = [str(BINARY), *map(str, arguments)]
    environment = {**(env or os.environ), **({"VISAVIS_DATA": str(data)} if data else {})}
    done = subprocess.run(command, capture_output=True, text=True, timeout=more.pop("timeout", 120), env=environment, **more)
    if check is not None:
        assert done.returncode == check, f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}"
    return done
