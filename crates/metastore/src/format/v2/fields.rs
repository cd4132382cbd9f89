//! The fields that rows share: ETags, checksums, blobs, parts, headers.

use drystone_types::{
    BlobHome, BlobId, BlobRef, Checksum, ChecksumAlgorithm, ChecksumType, ETag, ManifestPart, ObjectChecksum,
    ObjectHeaders, PartNumber, StorageClass,
};

use super::codec::{Malformed, Reader, Writer};

impl Writer {
    pub(super) fn etag(&mut self, etag: &ETag) {
        self.bytes(&etag.digest);
        self.option(etag.part_count, Self::u16);
    }

    pub(super) fn algorithm(&mut self, algorithm: ChecksumAlgorithm) {
        self.u8(match algorithm {
            ChecksumAlgorithm::Crc32 => 1,
            ChecksumAlgorithm::Crc32c => 2,
            ChecksumAlgorithm::Crc64Nvme => 3,
            ChecksumAlgorithm::Sha1 => 4,
            ChecksumAlgorithm::Sha256 => 5,
            ChecksumAlgorithm::Sha512 => 6,
            ChecksumAlgorithm::Md5 => 7,
            ChecksumAlgorithm::XxHash64 => 8,
            ChecksumAlgorithm::XxHash3 => 9,
            ChecksumAlgorithm::XxHash128 => 10,
        });
    }

    pub(super) fn kind(&mut self, kind: ChecksumType) {
        self.u8(match kind {
            ChecksumType::Composite => 1,
            ChecksumType::FullObject => 2,
        });
    }

    /// The algorithm's number and the raw value; 0 for none.
    pub(super) fn checksum(&mut self, checksum: Option<&Checksum>) {
        match checksum {
            None => self.u8(0),
            Some(checksum) => {
                self.algorithm(checksum.algorithm());
                self.bytes(checksum.as_bytes());
            }
        }
    }

    pub(super) fn object_checksum(&mut self, checksum: Option<&ObjectChecksum>) {
        self.checksum(checksum.map(|checksum| &checksum.checksum));
        if let Some(checksum) = checksum {
            self.kind(checksum.kind);
            self.option(checksum.part_count, Self::u16);
        }
    }

    pub(super) fn blob(&mut self, blob: &BlobRef) {
        self.u8(match blob.home {
            BlobHome::Inline => 1,
            BlobHome::Store => 2,
        });
        self.u64(blob.id.0);
        self.u64(blob.len);
    }

    pub(super) fn part(&mut self, part: &ManifestPart) {
        self.u16(part.part_number.get());
        self.blob(&part.blob);
        self.option(Some(part.size).filter(|size| *size != part.blob.len), Self::u64);
        self.bytes(&part.md5);
        self.u64(part.crc64nvme);
        self.checksum(part.checksum.as_ref());
    }

    pub(super) fn headers(&mut self, headers: &ObjectHeaders) {
        let texts = [
            &headers.content_type,
            &headers.cache_control,
            &headers.content_disposition,
            &headers.content_encoding,
            &headers.content_language,
            &headers.expires,
            &headers.website_redirect_location,
        ];
        for text in texts {
            self.option(text.as_deref(), Self::text);
        }
        self.len(headers.user_metadata.len());
        for (name, value) in &headers.user_metadata {
            self.text(name);
            self.text(value);
        }
        let class = StorageClass::ALL.iter().position(|class| *class == headers.storage_class);
        self.u8(class.and_then(|class| u8::try_from(class).ok()).expect("ALL holds all"));
    }
}

impl Reader<'_> {
    pub(super) fn etag(&mut self) -> Result<ETag, Malformed> {
        Ok(ETag { digest: self.array()?, part_count: self.option(Self::u16)? })
    }

    pub(super) fn algorithm(&mut self) -> Result<ChecksumAlgorithm, Malformed> {
        algorithm(self.u8()?)
    }

    pub(super) fn kind(&mut self) -> Result<ChecksumType, Malformed> {
        match self.u8()? {
            1 => Ok(ChecksumType::Composite),
            2 => Ok(ChecksumType::FullObject),
            _ => Err(Malformed("the checksum type is unknown")),
        }
    }

    pub(super) fn checksum(&mut self) -> Result<Option<Checksum>, Malformed> {
        let number = self.u8()?;
        if number == 0 {
            return Ok(None);
        }
        let algorithm = algorithm(number)?;
        let bytes = self.slice(algorithm.digest_len())?;
        Ok(Checksum::new(algorithm, bytes))
    }

    pub(super) fn object_checksum(&mut self) -> Result<Option<ObjectChecksum>, Malformed> {
        let Some(checksum) = self.checksum()? else { return Ok(None) };
        Ok(Some(ObjectChecksum { checksum, kind: self.kind()?, part_count: self.option(Self::u16)? }))
    }

    pub(super) fn blob(&mut self) -> Result<BlobRef, Malformed> {
        let home = match self.u8()? {
            1 => BlobHome::Inline,
            2 => BlobHome::Store,
            _ => return Err(Malformed("the blob's home is unknown")),
        };
        Ok(BlobRef { home, id: BlobId(self.u64()?), len: self.u64()? })
    }

    pub(super) fn part(&mut self) -> Result<ManifestPart, Malformed> {
        let number = u64::from(self.u16()?);
        let part_number = PartNumber::new(number).ok_or(Malformed("the part number is out of range"))?;
        let blob = self.blob()?;
        let size = if self.is_v1() { None } else { self.option(Self::u64)? };
        Ok(ManifestPart {
            part_number,
            size: size.unwrap_or(blob.len),
            blob,
            md5: self.array()?,
            crc64nvme: self.u64()?,
            checksum: self.checksum()?,
        })
    }

    fn optional_text(&mut self) -> Result<Option<String>, Malformed> {
        self.option(|from| from.text().map(str::to_owned))
    }

    pub(super) fn headers(&mut self) -> Result<ObjectHeaders, Malformed> {
        Ok(ObjectHeaders {
            content_type: self.optional_text()?,
            cache_control: self.optional_text()?,
            content_disposition: self.optional_text()?,
            content_encoding: self.optional_text()?,
            content_language: self.optional_text()?,
            expires: self.optional_text()?,
            website_redirect_location: self.optional_text()?,
            user_metadata: self.list(|from| Ok((from.text()?.to_owned(), from.text()?.to_owned())))?,
            storage_class: *StorageClass::ALL
                .get(usize::from(self.u8()?))
                .ok_or(Malformed("the storage class is unknown"))?,
        })
    }
}

fn algorithm(number: u8) -> Result<ChecksumAlgorithm, Malformed> {
    match number {
        1 => Ok(ChecksumAlgorithm::Crc32),
        2 => Ok(ChecksumAlgorithm::Crc32c),
        3 => Ok(ChecksumAlgorithm::Crc64Nvme),
        4 => Ok(ChecksumAlgorithm::Sha1),
        5 => Ok(ChecksumAlgorithm::Sha256),
        6 => Ok(ChecksumAlgorithm::Sha512),
        7 => Ok(ChecksumAlgorithm::Md5),
        8 => Ok(ChecksumAlgorithm::XxHash64),
        9 => Ok(ChecksumAlgorithm::XxHash3),
        10 => Ok(ChecksumAlgorithm::XxHash128),
        _ => Err(Malformed("the checksum algorithm is unknown")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksum, ChecksumAlgorithm, Reader, Writer};
    use crate::format::v2::codec::Place;

    #[test]
    fn every_checksum_algorithm_keeps_its_number() {
        let numbered = [
            (1, ChecksumAlgorithm::Crc32),
            (2, ChecksumAlgorithm::Crc32c),
            (3, ChecksumAlgorithm::Crc64Nvme),
            (4, ChecksumAlgorithm::Sha1),
            (5, ChecksumAlgorithm::Sha256),
            (6, ChecksumAlgorithm::Sha512),
            (7, ChecksumAlgorithm::Md5),
            (8, ChecksumAlgorithm::XxHash64),
            (9, ChecksumAlgorithm::XxHash3),
            (10, ChecksumAlgorithm::XxHash128),
        ];
        assert_eq!(numbered.len(), ChecksumAlgorithm::ALL.len());
        for (number, algorithm) in numbered {
            let checksum = Checksum::new(algorithm, &vec![7; algorithm.digest_len()]);
            let place = Place { table: 1, first: 0, text: "", second: 0 };
            let mut row = Writer::new();
            row.checksum(checksum.as_ref());
            let row = row.seal(&place);
            assert_eq!(row[1], number, "after the version");
            let mut row = Reader::unseal(&row, &place).expect("we sealed it");
            assert_eq!(row.checksum(), Ok(checksum));
        }
    }
}
