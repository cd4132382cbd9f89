//! Names of users, groups, policies and keys: what they may be, and how new ones are made.

use crate::IdentityError;

/// Longest name of a user, group or policy, in characters.
pub const NAME_LEN_MAX: usize = 64;
const KEY_ID_LEN: std::ops::RangeInclusive<usize> = 3..=128;
const SECRET_LEN: std::ops::RangeInclusive<usize> = 8..=128;
/// Ids of sessions begin so; no other key's may.
pub const SESSION_PREFIX: &str = "ASIA";

/// Checks the name of a user, group or policy: 1 to 64 of `A-Z a-z 0-9 + = , . @ _ -`, as on AWS; neither `.` nor `..`, which
/// clients take out of paths.
///
/// # Errors
/// [`IdentityError::Invalid`].
pub fn check_name(what: &str, name: &str) -> Result<(), IdentityError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    let is_path = [".", ".."].contains(&name);
    if (1..=NAME_LEN_MAX).contains(&name.len()) && name.bytes().all(legal) && !is_path {
        return Ok(());
    }
    Err(IdentityError::invalid(format!(
        "a {what}'s name is 1 to {NAME_LEN_MAX} characters of A-Z, a-z, 0-9 and + = , . @ _ -, and not . or .."
    )))
}

/// Checks an access key id that was brought along.
///
/// # Errors
/// [`IdentityError::Invalid`].
pub fn check_key_id(id: &str) -> Result<(), IdentityError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if !KEY_ID_LEN.contains(&id.len()) || !id.bytes().all(legal) {
        return Err(IdentityError::invalid(
            "an access key id is 3 to 128 characters of A-Z, a-z, 0-9 and . _ -",
        ));
    }
    if id.starts_with(SESSION_PREFIX) {
        return Err(IdentityError::invalid(format!(
            "access key ids that begin with {SESSION_PREFIX} are for sessions"
        )));
    }
    Ok(())
}

/// Checks a secret that was brought along.
///
/// # Errors
/// [`IdentityError::Invalid`], never with the secret.
pub fn check_secret(secret: &str) -> Result<(), IdentityError> {
    if SECRET_LEN.contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(IdentityError::invalid("a secret access key is 8 to 128 printable ASCII characters without spaces"))
}

/// Twelve digits.
///
/// # Errors
/// [`IdentityError::Invalid`].
pub fn check_number(number: &str) -> Result<(), IdentityError> {
    if number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(IdentityError::invalid("an account number has 12 digits"))
}

/// `len` characters of `A-Z 2-7`, 5 random bits each.
pub(crate) fn base32(random: &mut dyn FnMut() -> u128, len: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let mut bits = random();
        for _ in 0..25.min(len - text.len()) {
            text.push(char::from(ALPHABET[usize::try_from(bits & 31).expect("below 32")]));
            bits >>= 5;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{base32, check_key_id, check_name, check_number, check_secret};

    #[test]
    fn names_are_those_of_aws() {
        for good in ["a", "...", ".a", "Ann.Smith@example.com", "x+y=z,_-", &"n".repeat(64)] {
            assert!(check_name("user", good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a\n", ".", "..", &"n".repeat(65)] {
            assert!(check_name("user", bad).is_err(), "{bad}");
        }
        assert!(check_key_id("MAINACCESSKEY0000001").is_ok());
        for bad in ["", "ab", "a,b", "a/b", "ASIAAAAAAAAAAAAAAAAA", &"k".repeat(129)] {
            assert!(check_key_id(bad).is_err(), "{bad}");
        }
        assert!(check_secret("mainsecretkey+/=").is_ok());
        for bad in ["short", "with space", "ümlaut-secret", &"s".repeat(129)] {
            let error = check_secret(bad).expect_err(bad).to_string();
            assert!(!error.contains(bad), "{error}");
        }
        assert!(check_number("123456789012").is_ok());
        assert!(check_number("12345678901").is_err() && check_number("12345678901a").is_err());
    }

    #[test]
    fn new_names_have_five_random_bits_a_character() {
        let mut next = 0_u128;
        let mut random = || {
            next += 1;
            next
        };
        assert_eq!(base32(&mut random, 3), "BAA");
        assert_eq!(base32(&mut random, 27).len(), 27);
    }
}
