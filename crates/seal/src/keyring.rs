//! Keyring: master keys and named keys, and who of them seals an object's data key.

use drystone_types::Encryption;
use drystone_types::encryption::{CustomerKey, Sse};
use drystone_types::limits::{KEY_FILE_MAX_BYTES, KEY_NAME_LEN_MAX};
use std::collections::BTreeMap;
use std::fmt;

use crate::envelope::{self, Purpose};
use crate::{DataKey, Key256, KeyFileError, MasterKeys, SealError};

/// The key of SSE-KMS when a request names none. Always there.
pub const DEFAULT_NAMED_KEY: &str = "aws/s3";

/// Every key that the store holds itself.
#[derive(Clone)]
pub struct Keyring {
    master: MasterKeys,
    named: BTreeMap<String, NamedKey>,
}

/// A key for SSE-KMS.
#[derive(Clone)]
enum NamedKey {
    /// Made from the master keys and the name, so that it rotates with them.
    Derived,
    /// Given with the master keys.
    Given(Key256),
}

impl Keyring {
    /// Master keys, and the named key that is always there.
    pub fn new(master: MasterKeys) -> Self {
        Self { master, named: BTreeMap::from([(DEFAULT_NAMED_KEY.to_owned(), NamedKey::Derived)]) }
    }

    /// Reads the text of a key file. Keys are separated by line ends, spaces or commas; `#` starts a comment.
    ///
    /// ```text
    /// v1:BASE64          master key 1: 32 bytes in base64; the highest number seals
    /// kms:NAME:BASE64    a named key for SSE-KMS that does not depend on the master keys
    /// ```
    ///
    /// # Errors
    /// [`KeyFileError`], with the line.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        if text.len() > KEY_FILE_MAX_BYTES {
            return Err(KeyFileError::TooLong(KEY_FILE_MAX_BYTES));
        }
        let mut master = BTreeMap::new();
        let mut named = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let at = |why| KeyFileError::Line { line: index + 1, why };
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            let words = line.split(|c: char| c.is_ascii_whitespace() || c == ',');
            for word in words.filter(|word| !word.is_empty()) {
                let is_new = match parse_key(word).map_err(at)? {
                    (KeyName::Master(number), key) => master.insert(number, key).is_none(),
                    (KeyName::Named(name), key) => named.insert(name, NamedKey::Given(key)).is_none(),
                };
                if !is_new {
                    return Err(at("this key is there twice"));
                }
            }
        }
        let master = MasterKeys::new(master).ok_or(KeyFileError::NoMasterKey)?;
        named.entry(DEFAULT_NAMED_KEY.to_owned()).or_insert(NamedKey::Derived);
        Ok(Self { master, named })
    }

    /// Adds a named key that is made from the master keys, unless the name has a key. Returns whether the name is legal:
    /// 1 to [`KEY_NAME_LEN_MAX`] of A-Z a-z 0-9 / _ : . -
    pub fn add_named(&mut self, name: &str) -> bool {
        let legal = is_key_name(name);
        if legal {
            self.named.entry(name.to_owned()).or_insert(NamedKey::Derived);
        }
        legal
    }

    /// The master keys, for the store's own secrets.
    pub fn master(&self) -> &MasterKeys {
        &self.master
    }

    /// Is there a named key for what a client calls `key_id`?
    pub fn has_named(&self, key_id: &str) -> bool {
        self.named(key_id).is_ok()
    }

    /// Makes the data key of a new object and seals it for whom `sse` says. `context` says which object it is; only the
    /// same context opens it.
    ///
    /// # Errors
    /// [`SealError::NoNamedKey`]; [`SealError::NoCustomerKey`] when `sse` is SSE-C and `customer` is not its key.
    pub fn new_data_key(
        &self,
        sse: &Sse,
        customer: Option<&CustomerKey>,
        context: &[u8],
    ) -> Result<(DataKey, Vec<u8>), SealError> {
        let data_key = DataKey::random();
        let number = if self.is_by_master(sse)? { self.master.newest() } else { 0 };
        let key = self.sealing_key(sse, customer, number)?;
        let sealed = envelope::seal(&key, number, Purpose::DataKey, context, data_key.expose());
        Ok((data_key, sealed))
    }

    /// Opens the data key of an object.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`] also when `customer` is another key; [`SealError::NoCustomerKey`];
    /// [`SealError::NoNamedKey`], [`SealError::NoMasterKey`]; [`SealError::TooNew`], [`SealError::Malformed`].
    pub fn open_data_key(
        &self,
        encryption: &Encryption,
        customer: Option<&CustomerKey>,
        context: &[u8],
    ) -> Result<DataKey, SealError> {
        let number = envelope::key_number(&encryption.sealed_key)?;
        let key = self.sealing_key(&encryption.sse, customer, number)?;
        let opened = envelope::open(&key, Purpose::DataKey, context, &encryption.sealed_key)?;
        let key = opened.as_slice().try_into().map_err(|_| SealError::Malformed("data key"))?;
        Ok(DataKey::new(Key256::new(key)))
    }

    /// Is the key that seals for `sse` made from a master key?
    fn is_by_master(&self, sse: &Sse) -> Result<bool, SealError> {
        Ok(match sse {
            Sse::S3 => true,
            Sse::Kms { key_id, .. } => matches!(self.named(key_id)?.1, NamedKey::Derived),
            Sse::Customer { .. } => false,
        })
    }

    /// The key that seals for `sse`, and opens what master key `number` sealed.
    fn sealing_key(
        &self,
        sse: &Sse,
        customer: Option<&CustomerKey>,
        number: u32,
    ) -> Result<Key256, SealError> {
        match sse {
            Sse::S3 => self.master.key(number).cloned(),
            Sse::Kms { key_id, .. } => match self.named(key_id)? {
                (_, NamedKey::Given(key)) => Ok(key.clone()),
                (name, NamedKey::Derived) => {
                    Ok(self.master.key(number)?.derive(b"", &[b"drystone named key v1", name.as_bytes()]))
                }
            },
            Sse::Customer { .. } => {
                let key = customer.ok_or(SealError::NoCustomerKey)?;
                Ok(Key256::new(*key.expose()))
            }
        }
    }

    /// The named key for what a client calls `key_id`: its name, or an ARN that ends in `:key/NAME` or `:alias/NAME`.
    fn named(&self, key_id: &str) -> Result<(&str, &NamedKey), SealError> {
        let by_name = |name: &str| self.named.get_key_value(name);
        let in_arn = |id: &str| {
            let resource = id.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
            by_name(resource.strip_prefix("key/").or_else(|| resource.strip_prefix("alias/"))?)
        };
        let found = by_name(key_id).or_else(|| by_name(key_id.strip_prefix("alias/")?));
        let found = found.or_else(|| in_arn(key_id));
        let (name, key) = found.ok_or_else(|| SealError::NoNamedKey(key_id.to_owned()))?;
        Ok((name, key))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.named.keys().collect();
        f.debug_struct("Keyring").field("master", &self.master).field("named", &names).finish()
    }
}

enum KeyName {
    Master(u32),
    Named(String),
}

fn parse_key(word: &str) -> Result<(KeyName, Key256), &'static str> {
    let (name, key) = word.rsplit_once(':').ok_or("a key is `v1:BASE64` or `kms:NAME:BASE64`")?;
    let name = if let Some(name) = name.strip_prefix("kms:") {
        let legal = is_key_name(name).then(|| KeyName::Named(name.to_owned()));
        legal.ok_or("the name of a key is 1 to 256 of A-Z a-z 0-9 / _ : . -")?
    } else {
        let number = name.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
        KeyName::Master(number.filter(|number| *number > 0).ok_or("a master key is v1, v2, ...")?)
    };
    let key = Key256::from_base64(key).ok_or("the key is not 32 bytes in base64")?;
    Ok((name, key))
}

/// Can a key for SSE-KMS be called so? 1 to 256 of `A-Z a-z 0-9 / _ : . -`.
pub fn is_key_name(name: &str) -> bool {
    (1..=KEY_NAME_LEN_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_:.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Keyring, NamedKey};
    use crate::{KeyFileError, MasterKeys, SealError};
    use drystone_types::Encryption;
    use drystone_types::encryption::{CustomerKey, Sse};
    use proptest::prelude::*;

    const A: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    const B: &str = "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn kms(key_id: &str) -> Sse {
        Sse::Kms { key_id: key_id.into(), context: None, bucket_key: false }
    }

    fn customer(byte: u8) -> CustomerKey {
        CustomerKey::new([byte; 32], [0; 16])
    }

    #[test]
    fn a_key_file_has_master_keys_named_keys_and_comments() {
        let text = format!("# keys\nv1:{A}\n\nv12:{A} # newest\nkms:a/b.c:{A},kms:arn:x:{A}\r\n");
        let keyring = Keyring::parse(&text).unwrap();
        assert_eq!(keyring.master().newest(), 12);
        assert!(keyring.has_named("a/b.c") && keyring.has_named("arn:x") && keyring.has_named("aws/s3"));
        let again = Keyring::parse(&keyring.master().to_text()).unwrap();
        assert_eq!(again.master().to_text(), keyring.master().to_text());
        assert!(!format!("{keyring:?}").contains("AAEC"), "no key in the debug form");
    }

    #[test]
    fn a_broken_key_file_is_refused_with_its_line_and_without_its_words() {
        for (text, line) in [
            ("v1".to_owned(), 1),
            (format!("\nv0:{A}"), 2),
            (format!("v1:{A}\nv1:{A}"), 2),
            (format!("v1:{A}\nx1:{A}"), 2),
            ("v1:SECRET".to_owned(), 1),
            (format!("v4294967296:{A}"), 1),
            (format!("kms::{A}"), 1),
            (format!("kms:a b:{A}"), 1),
        ] {
            let error = Keyring::parse(&text).unwrap_err();
            assert!(matches!(error, KeyFileError::Line { line: at, .. } if at == line), "{text}: {error}");
            assert!(!error.to_string().contains("SECRET"));
        }
        assert_eq!(Keyring::parse("# none\n").unwrap_err(), KeyFileError::NoMasterKey);
        assert!(matches!(Keyring::parse(&" ".repeat(70_000)).unwrap_err(), KeyFileError::TooLong(_)));
    }

    #[test]
    fn b200_a_data_key_opens_for_its_holder_and_its_object_only() {
        let mut keyring = Keyring::parse(&format!("v1:{A}\nkms:given:{B}")).unwrap();
        assert!(keyring.add_named("derived"));
        let other = {
            let mut other = Keyring::new(MasterKeys::generate());
            other.add_named("given");
            other.add_named("derived");
            other
        };
        let ssec = || Sse::Customer { key_md5: [0; 16] };
        for sse in [Sse::S3, kms("given"), kms("derived"), kms("aws/s3"), ssec()] {
            let key = customer(1);
            let (data_key, sealed_key) = keyring.new_data_key(&sse, Some(&key), b"bucket/key").unwrap();
            let encryption = Encryption { sse: sse.clone(), sealed_key };
            let opened = keyring.open_data_key(&encryption, Some(&key), b"bucket/key").unwrap();
            assert_eq!(opened.expose(), data_key.expose());
            let closed = |keyring: &Keyring, key: &CustomerKey, context: &[u8], sse: &Sse| {
                let encryption = Encryption { sse: sse.clone(), ..encryption.clone() };
                keyring.open_data_key(&encryption, Some(key), context).is_err()
            };
            assert!(closed(&keyring, &key, b"bucket/other", &sse), "{sse:?}: another object");
            match sse {
                Sse::Customer { .. } => assert!(closed(&keyring, &customer(2), b"bucket/key", &sse)),
                _ => assert!(closed(&other, &key, b"bucket/key", &sse), "{sse:?}: other master keys"),
            }
            for another in [Sse::S3, kms("given"), kms("derived"), kms("aws/s3"), ssec()] {
                assert_eq!(closed(&keyring, &key, b"bucket/key", &another), another != sse);
            }
        }
    }

    #[test]
    fn rotation_keeps_old_objects_readable_and_seals_new_ones_by_the_new_key() {
        let old = Keyring::new(MasterKeys::generate());
        for sse in [Sse::S3, kms("aws/s3")] {
            let (_, sealed_key) = old.new_data_key(&sse, None, b"").unwrap();
            let rotated = Keyring::new(old.master().rotated());
            assert!(rotated.open_data_key(&Encryption { sse: sse.clone(), sealed_key }, None, b"").is_ok());
            let (_, sealed_key) = rotated.new_data_key(&sse, None, b"").unwrap();
            let error = old.open_data_key(&Encryption { sse, sealed_key }, None, b"").unwrap_err();
            assert_eq!(error, SealError::NoMasterKey(2));
        }
    }

    #[test]
    fn a_missing_key_is_said_by_name() {
        let keyring = Keyring::new(MasterKeys::generate());
        let error = keyring.new_data_key(&kms("none"), None, b"").unwrap_err();
        assert_eq!(error, SealError::NoNamedKey("none".into()));
        let error = keyring.new_data_key(&Sse::Customer { key_md5: [0; 16] }, None, b"").unwrap_err();
        assert_eq!(error, SealError::NoCustomerKey);
    }

    #[test]
    fn a_named_key_is_found_by_name_alias_and_arn() {
        let mut keyring = Keyring::new(MasterKeys::generate());
        assert!(keyring.add_named("one"));
        assert!(!keyring.add_named("no good") && !keyring.add_named(""));
        for id in ["one", "alias/one", "arn:aws:kms:us-east-1:123456789012:key/one", "alias/aws/s3"] {
            assert!(keyring.has_named(id), "{id}");
        }
        for id in ["", "two", "key/one", "arn:aws:kms:us-east-1:123456789012:one", "arn:aws:kms"] {
            assert!(!keyring.has_named(id), "{id}");
        }
        assert!(matches!(keyring.named("one").unwrap(), ("one", NamedKey::Derived)));
    }

    proptest! {
        #[test]
        fn arbitrary_key_files_never_panic(text in "[v0-9k:ms#A=, \n]{0,80}") {
            let _ = Keyring::parse(&text);
        }
    }
}
