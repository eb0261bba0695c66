//! Texts with placeholders: `{base_url}/user/{id}`.

use std::fmt::Write as _;

/// A text that is filled in from a person's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Id,
    Login,
    Email,
    BaseUrl,
    Column(String),
    /// `{login|lower}`
    Lower(Box<Part>),
}

/// What stands in the placeholders; `None` where there is nothing.
pub(crate) trait Fill {
    fn id(&self) -> Option<String>;
    fn login(&self) -> Option<String>;
    fn email(&self) -> Option<String>;
    fn column(&self, name: &str) -> Option<String>;
}

impl Pattern {
    /// Reads a pattern; the error says which placeholders there are.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (name, behind) = after.split_once('}').ok_or("a `{` has no `}`")?;
            parts.push(match name.strip_suffix("|lower") {
                Some(name) => Part::Lower(Box::new(Part::named(name)?)),
                None => Part::named(name)?,
            });
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The columns that it takes.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Column(name) => Some(name.as_str()),
            Part::Lower(inner) => match &**inner {
                Part::Column(name) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether it is the same for everybody.
    pub(crate) fn is_constant(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// An address: values are percent-encoded but where the pattern begins with one. Nothing when a part is empty.
    pub(crate) fn url(&self, fill: &impl Fill, base_url: Option<&str>) -> Option<String> {
        let mut url = String::new();
        for part in &self.0 {
            if let Part::Text(text) = part {
                url.push_str(text);
                continue;
            }
            let value = value(part, fill, base_url)?;
            if matches!(part, Part::BaseUrl) || url.is_empty() {
                url.push_str(value.trim_end_matches('/'));
            } else {
                encode(&value, &mut url);
            }
        }
        let web = url.starts_with("https://") || url.starts_with("http://");
        (web && !url.contains(|c: char| c.is_control() || c.is_whitespace())).then_some(url)
    }

    /// A text to compare with. Nothing when a part is empty.
    pub(crate) fn text(&self, fill: &impl Fill) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(constant) => text.push_str(constant),
                part => text.push_str(&value(part, fill, None)?),
            }
        }
        Some(text)
    }
}

impl Part {
    fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "id" => Self::Id,
            "login" => Self::Login,
            "email" => Self::Email,
            "base_url" => Self::BaseUrl,
            _ => match name.strip_prefix("column.") {
                Some(column) => Self::Column(column.to_owned()),
                None => {
                    return Err(format!(
                        "unknown placeholder `{{{name}}}`, expected {{id}}, {{login}}, {{email}}, {{column.NAME}} or \
                         {{base_url}}, with `|lower` for small letters"
                    ));
                }
            },
        })
    }
}

fn value(part: &Part, fill: &impl Fill, base_url: Option<&str>) -> Option<String> {
    let value = match part {
        Part::Text(text) => Some(text.clone()),
        Part::Id => fill.id(),
        Part::Login => fill.login(),
        Part::Email => fill.email(),
        Part::BaseUrl => base_url.map(str::to_owned),
        Part::Column(name) => fill.column(name),
        Part::Lower(inner) => value(inner, fill, base_url).map(|value| value.to_lowercase()),
    };
    value.filter(|value| !value.is_empty())
}

/// Everything but letters, digits and what may stand in a path or query as it is.
fn encode(value: &str, url: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@,".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Alice;

    impl Fill for Alice {
        fn id(&self) -> Option<String> {
            Some("7".into())
        }
        fn login(&self) -> Option<String> {
            Some("Al ice&".into())
        }
        fn email(&self) -> Option<String> {
            None
        }
        fn column(&self, name: &str) -> Option<String> {
            (name == "photo").then(|| "https://cdn.example.org/a.png".into())
        }
    }

    #[test]
    fn placeholders_are_filled_in_and_encoded() {
        let base = Some("https://app.example.org/");
        let url = |text: &str| Pattern::parse(text).unwrap().url(&Alice, base);
        assert_eq!(
            url("{base_url}/user/{id}?n={login}").as_deref(),
            Some("https://app.example.org/user/7?n=Al%20ice%26")
        );
        assert_eq!(url("{column.photo}").as_deref(), Some("https://cdn.example.org/a.png"));
        assert_eq!(url("{base_url}/{email}"), None, "what it uses is empty");
        assert_eq!(url("javascript:{login}"), None);
        assert_eq!(Pattern::parse("u{id}").unwrap().text(&Alice).as_deref(), Some("u7"));
    }

    #[test]
    fn an_unknown_placeholder_is_told_which_there_are() {
        let error = Pattern::parse("{name}").unwrap_err();
        assert!(error.contains("`{name}`") && error.contains("{column.NAME}"), "{error}");
        assert!(Pattern::parse("{id").is_err());
    }
}
