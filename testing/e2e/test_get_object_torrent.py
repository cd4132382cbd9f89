"""GetObjectTorrent: AWS ended BitTorrent in 2022; no object has a torrent."""

from lib.errors import refused


def test_no_object_has_a_torrent(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("NoSuchKey", 404) as error:
        s3.get_object_torrent(Bucket=bucket, Key="k")
    assert "BitTorrent" in error.message
