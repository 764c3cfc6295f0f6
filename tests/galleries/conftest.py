"""What the tests of collections share."""
import io
import uuid

import pytest

from support.calls import small_face


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture
def collection(client):
    name = f"c-{uuid.uuid4()}"
    client.create_collection(CollectionId=name)
    yield name
    try:
        client.delete_collection(CollectionId=name)
    except client.exceptions.ResourceNotFoundException:
        pass


@pytest.fixture(scope="session")
def two_people(portraits):
    """JPEG bytes with a large and a small face of two different people."""
    from PIL import Image

    large, small = Image.open(portraits[0]).convert("RGB"), Image.open(portraits[2]).convert("RGB")
    canvas = Image.new("RGB", (900, 520), "white")
    canvas.paste(large.resize((512, 512)), (0, 0))
    canvas.paste(small.resize((256, 256)), (600, 100))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def faces(shared_data):
    return [small_face(path) for path in sorted((shared_data / "congress" / "115th").glob("*.jpg"))[:8]]
