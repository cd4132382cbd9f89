//! The root key: from the environment, from the data folder, or made by the first start. There is no default.

use drystone_disk::Fs;
use drystone_store::Entropy;
use drystone_types::limits;
use drystone_wire::auth::Secret;
use std::path::Path;
use tracing::warn;

use crate::{Failure, file_mode};

pub(crate) const ACCESS_KEY_ENV: &str = "DRYSTONE_ROOT_ACCESS_KEY_ID";
const SECRET_ENV: &str = "DRYSTONE_ROOT_SECRET_ACCESS_KEY";
/// The file in the data folder that a shell can read.
pub(crate) const CREDENTIALS_FILE: &str = "root-credentials";

/// Secrets that everybody tries first: defaults of other servers, examples of documentation, and what people type instead.
const WELL_KNOWN: [&str; 16] = [
    "12345678",
    "123456789",
    "1234567890",
    "adminadmin",
    "changeit",
    "changeme",
    "minio123",
    "minioadmin",
    "password",
    "password1",
    "password123",
    "rustfsadmin",
    "secretkey",
    "secretaccesskey",
    "supersecret",
    "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
];

/// The root key: as configured, or as stored, or made now. A well-known secret is refused, unless only this machine can reach
/// the server (S15).
pub(crate) fn load(
    fs: &dyn Fs,
    dir: &Path,
    entropy: &dyn Entropy,
    env: impl Fn(&str) -> Option<String>,
    is_local: bool,
) -> Result<(String, Secret), Failure> {
    let (id, secret) = match (env(ACCESS_KEY_ENV), env(SECRET_ENV)) {
        (Some(id), Some(secret)) => (id, Secret::new(secret)),
        (None, None) => stored_or_made(fs, dir, entropy)?,
        _ => {
            let what = format!("{ACCESS_KEY_ENV} and {SECRET_ENV} must be set together, or neither");
            return Err(Failure::Config(what));
        }
    };
    check(&id, &secret, is_local)?;
    Ok((id, secret))
}

fn stored_or_made(fs: &dyn Fs, dir: &Path, entropy: &dyn Entropy) -> Result<(String, Secret), Failure> {
    let path = dir.join(CREDENTIALS_FILE);
    let failed = |what: &str, error| Failure::other(format!("cannot {what} {}", path.display()), error);
    if fs.exists(&path).map_err(|error| failed("look at", error))? {
        file_mode::warn_if_open(&path);
        return stored(dir);
    }
    let id = format!("DRY{}", base32(entropy.random_u128(), 17));
    let secret = format!("{}{}", base32(entropy.random_u128(), 25), base32(entropy.random_u128(), 15));
    let text = format!("export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n");
    drystone_disk::replace_file(fs, &path, text.as_bytes()).map_err(|error| failed("write", error))?;
    say_how_to_use(&path);
    Ok((id, Secret::new(secret)))
}

/// The root credentials that a store on this machine keeps.
pub(crate) fn stored(dir: &Path) -> Result<(String, Secret), Failure> {
    let path = dir.join(CREDENTIALS_FILE);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::other(format!("cannot read {}", path.display()), error))?;
    parse_credentials(&text)
        .ok_or_else(|| Failure::Config(format!("{} is not a credentials file of ours", path.display())))
}

fn check(id: &str, secret: &Secret, is_local: bool) -> Result<(), Failure> {
    let legal = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b',');
    if id.is_empty() || !legal(id) {
        return Err(Failure::Config(format!(
            "{ACCESS_KEY_ENV} must be printable, without spaces, commas and slashes"
        )));
    }
    let min = limits::ROOT_SECRET_LEN_MIN;
    if secret.expose().len() < min {
        return Err(Failure::Config(format!("{SECRET_ENV} must be at least {min} characters long")));
    }
    let lower = secret.expose().to_ascii_lowercase();
    let is_well_known = WELL_KNOWN.contains(&lower.as_str()) || lower == id.to_ascii_lowercase();
    match (is_well_known, is_local) {
        (false, _) => Ok(()),
        (true, true) => {
            warn!("the root secret is one that everybody tries first: it works on a loopback address only");
            Ok(())
        }
        (true, false) => Err(Failure::Config(format!(
            "{SECRET_ENV} is a secret that everybody tries first. Choose another (openssl rand -base64 30), or unset it \
             and {ACCESS_KEY_ENV}: a random one is made. It works only with --listen on a loopback address"
        ))),
    }
}

#[expect(clippy::print_stderr, reason = "said once, to the person who starts a new store")]
fn say_how_to_use(path: &Path) {
    eprintln!("A root access key was made for this store and kept in {} (mode 0600).", path.display());
    eprintln!("Use it from a shell:  . {}", path.display());
}

fn parse_credentials(text: &str) -> Option<(String, Secret)> {
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='))
    };
    let (id, secret) = (value("AWS_ACCESS_KEY_ID")?, value("AWS_SECRET_ACCESS_KEY")?);
    (!id.is_empty() && !secret.is_empty()).then(|| (id.to_owned(), Secret::new(secret)))
}

/// `len` characters, 5 random bits each.
fn base32(mut bits: u128, len: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    assert!(len <= 25, "128 bits are 25 characters");
    (0..len)
        .map(|_| {
            let digit = usize::try_from(bits & 31).expect("below 32");
            bits >>= 5;
            char::from(ALPHABET[digit])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{base32, check, parse_credentials, stored_or_made};
    use drystone_disk::MemoryFs;
    use drystone_store::SystemEntropy;
    use drystone_wire::auth::Secret;
    use std::path::Path;

    #[test]
    fn a_new_store_gets_a_random_key_of_its_own() {
        let keys: Vec<_> = (0..2)
            .map(|_| stored_or_made(&MemoryFs::new(), Path::new("/"), &SystemEntropy).unwrap())
            .collect();
        assert_ne!(keys[0].0, keys[1].0);
        assert_ne!(keys[0].1.expose(), keys[1].1.expose());
        assert_eq!((keys[0].0.len(), keys[0].1.expose().len()), (20, 40));
        assert!(keys.iter().all(|(id, secret)| check(id, secret, false).is_ok()));
    }

    #[test]
    fn s15_well_known_secrets_work_on_loopback_only() {
        let ask = |id: &str, secret: &str, is_local: bool| check(id, &Secret::new(secret), is_local);
        for (id, secret) in [
            ("minioadmin", "minioadmin"),
            ("rustfsadmin", "rustfsadmin"),
            ("root", "Password123"),
            ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("own-secret-and-id", "own-secret-and-id"),
        ] {
            assert!(ask(id, secret, true).is_ok(), "{id}");
            let error = ask(id, secret, false).unwrap_err().to_string();
            assert!(error.contains("DRYSTONE_ROOT_SECRET_ACCESS_KEY") && !error.contains(secret), "{error}");
        }
        for is_local in [true, false] {
            assert!(ask("root", "e1ghtchr", is_local).is_ok());
            assert!(ask("root", "seven.c", is_local).unwrap_err().to_string().contains("at least 8"));
            assert!(ask("a/b", "long-enough-secret", is_local).is_err());
        }
    }

    #[test]
    fn credentials_files_parse_or_are_refused() {
        let (id, secret) =
            parse_credentials("export AWS_ACCESS_KEY_ID=a\nexport AWS_SECRET_ACCESS_KEY=b\n").unwrap();
        assert_eq!((id.as_str(), secret.expose()), ("a", "b"));
        for broken in ["", "export AWS_ACCESS_KEY_ID=a", "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b"] {
            assert!(parse_credentials(broken).is_none(), "{broken:?}");
        }
        assert_eq!(base32(0, 3), "AAA");
    }
}
