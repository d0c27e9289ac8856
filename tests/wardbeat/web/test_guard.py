import pytest
from fastapi import FastAPI, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from wardbeat.web.guard import Guard


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()

    @app.get("/")
    def read() -> str:
        return "read"

    @app.post("/")
    def act() -> str:
        return "done"

    @app.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    hosts = ["ward.example", "::1"]
    app.add_middleware(
        Guard, hosts=hosts, hosts_setting="WARDBEAT_DASHBOARD_HOSTS", script_hashes=lambda: ["'sha256-x'"]
    )
    return TestClient(app, base_url="http://ward.example:8050")


@pytest.mark.parametrize("host", ["ward.example", "WARD.example:8050", "[::1]:8050"])
def test_own_hosts_are_served(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "ward.example.evil", "", "[::", "127.0.0.1"])
def test_other_hosts_are_refused_with_the_next_step(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "WARDBEAT_DASHBOARD_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://ward.example:8050"}, 200),
        ({"origin": "https://ward.example:8050"}, 200),
        ({"x-wardbeat": "1"}, 200),
        ({}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://ward.example"}, 403),  # another port is another origin
        ({"origin": "null", "x-wardbeat": "1"}, 403),
        ({"origin": "http://[", "x-wardbeat": "1"}, 403),
    ],
)
def test_only_own_pages_and_programs_may_act(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/", headers=headers).status_code == status


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
def test_a_foreign_page_gets_no_websocket(client: TestClient, headers: dict[str, str]) -> None:
    url = "ws://ward.example/live"
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect(url, headers=headers):
        pass
    assert refused.value.code == 1008


def test_a_foreign_host_gets_no_websocket(client: TestClient) -> None:
    headers = {"origin": "http://evil.example", "host": "evil.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://evil.example/live", headers=headers):
        pass


def test_our_own_page_gets_its_websocket(client: TestClient) -> None:
    headers = {"origin": "http://ward.example", "host": "ward.example"}
    with client.websocket_connect("ws://ward.example/live", headers=headers) as socket:
        assert socket.receive()["type"] == "websocket.close"


def test_pages_may_load_only_from_their_own_server(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "default-src 'self'; script-src 'self' 'sha256-x';" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_script_that_is_added_after_the_first_response_is_allowed_from_then_on() -> None:
    hashes = ["'sha256-x'"]
    app = FastAPI()
    app.add_middleware(Guard, hosts=["ward.example"], hosts_setting="X", script_hashes=lambda: hashes)
    client = TestClient(app, base_url="http://ward.example")
    assert "'sha256-y'" not in client.get("/").headers["content-security-policy"]
    hashes.append("'sha256-y'")
    assert "script-src 'self' 'sha256-x' 'sha256-y';" in client.get("/").headers["content-security-policy"]
