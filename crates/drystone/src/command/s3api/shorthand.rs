//! Shorthand: `Parts=[{ETag=x,PartNumber=1},{...}],Quiet=true`, as the AWS CLI reads it instead of JSON.

use super::json::Json;

/// Nesting of lists and structures.
const DEPTH_MAX: usize = 16;

/// Reads a structure; every scalar becomes a text.
///
/// # Errors
/// What was expected, and where.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let members = reader.members(None)?;
    Ok(Json::Object(members))
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> String {
        let found = self.peek().map_or("the end".to_owned(), |c| format!("'{c}'"));
        format!("expected {what}, found {found} at byte {} of: {}", self.at, self.text)
    }

    /// Takes `c` if it is next.
    fn take(&mut self, c: char) -> bool {
        self.skip_spaces();
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// `a=1,b=2` up to `end`, or to the end of the text.
    fn members(&mut self, end: Option<char>) -> Result<Vec<(String, Json)>, String> {
        let mut members = Vec::new();
        self.skip_spaces();
        if end.is_some_and(|end| self.take(end)) {
            return Ok(members);
        }
        loop {
            let name = self.name()?;
            members.push((name, self.values(end)?));
            match end {
                Some(end) if self.take(end) => return Ok(members),
                None if self.rest().trim().is_empty() => return Ok(members),
                _ if self.take(',') => {}
                _ => return Err(self.expected("','")),
            }
        }
    }

    /// A name and its `=`.
    fn name(&mut self) -> Result<String, String> {
        self.skip_spaces();
        let rest = self.rest();
        let len = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        self.at += len;
        if len == 0 || !self.take('=') {
            return Err(self.expected("'NAME='"));
        }
        Ok(rest[..len].to_owned())
    }

    /// A value, or several that follow without a name: `a=1,2,3,b=4`.
    fn values(&mut self, end: Option<char>) -> Result<Json, String> {
        let first = self.value(end)?;
        let mut more = Vec::new();
        while self.follows_value() {
            self.take(',');
            more.push(self.value(end)?);
        }
        if more.is_empty() {
            return Ok(first);
        }
        more.insert(0, first);
        Ok(Json::List(more))
    }

    /// Is there a comma, and no `NAME=` after it?
    fn follows_value(&self) -> bool {
        let Some(rest) = self.rest().trim_start().strip_prefix(',') else { return false };
        let rest = rest.trim_start();
        let len = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        !rest.is_empty() && (len == 0 || !rest[len..].trim_start().starts_with('='))
    }

    fn value(&mut self, end: Option<char>) -> Result<Json, String> {
        self.skip_spaces();
        match self.peek() {
            Some('[') => self.nested(Self::list),
            Some('{') => self.nested(|reader| reader.members(Some('}')).map(Json::Object)),
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Json::Text),
            _ => {
                let rest = self.rest();
                let stops = |c: char| c == ',' || (end.is_some() && matches!(c, ']' | '}'));
                let len = rest.find(stops).unwrap_or(rest.len());
                self.at += len;
                Ok(Json::text(rest[..len].trim_end()))
            }
        }
    }

    fn nested(&mut self, read: impl Fn(&mut Self) -> Result<Json, String>) -> Result<Json, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX} levels"));
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        if self.take(']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(Some(']'))?);
            if self.take(']') {
                return Ok(Json::List(items));
            }
            if !self.take(',') {
                return Err(self.expected("',' or ']'"));
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((index, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                c if c == quote => {
                    self.at += index + quote.len_utf8();
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(format!("no closing {quote} in: {}", self.text))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '#' | '/' | ':')
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::command::s3api::json::Json;

    #[test]
    fn shorthand_says_what_json_says() {
        let cases = [
            ("LocationConstraint=eu-west-1", "{\"LocationConstraint\":\"eu-west-1\"}"),
            ("k=v,l=m", "{\"k\":\"v\",\"l\":\"m\"}"),
            ("k=", "{\"k\":\"\"}"),
            ("k=a b , l = \"x,y\"", "{\"k\":\"a b\",\"l\":\"x,y\"}"),
            (
                "Objects=[{Key=a b},{Key=x/y,VersionId=1}],Quiet=true",
                "{\"Objects\":[{\"Key\":\"a b\"},{\"Key\":\"x/y\",\"VersionId\":\"1\"}],\"Quiet\":\"true\"}",
            ),
            ("Objects={Key=a},{Key=b}", "{\"Objects\":[{\"Key\":\"a\"},{\"Key\":\"b\"}]}"),
            (
                "Parts=[{ETag='\"e\"',PartNumber=1}]",
                "{\"Parts\":[{\"ETag\":\"\\\"e\\\"\",\"PartNumber\":\"1\"}]}",
            ),
            ("a=1,2,3,b=4", "{\"a\":[\"1\",\"2\",\"3\"],\"b\":\"4\"}"),
            ("a=[],b={}", "{\"a\":[],\"b\":{}}"),
            ("k=é=1", "{\"k\":\"é=1\"}"),
        ];
        for (text, json) in cases {
            assert_eq!(parse(text), Json::parse(json), "{text}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for text in ["", "a", "=b", "a=[", "a=[b", "a={b}", "a={b=1", "a=\"b", "a=[b]c", "a=1,"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("a={}", "[".repeat(100_000))).is_err());
    }
}
