//! Which HTTP statuses are worth another attempt, as a connector's file says it.

use serde::Deserialize;

/// A set of statuses: in a file `[408, 429, "5xx"]`, or `"any"` for everything but 2xx and 410.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct RetryOn(Set);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Set {
    Any,
    /// Both ends included.
    These(Vec<(u16, u16)>),
}

impl RetryOn {
    /// Everything but 2xx and 410: for receivers that may answer anything while they are being repaired.
    #[must_use]
    pub fn any() -> Self {
        Self(Set::Any)
    }

    /// These words, each a status or a class such as `5xx`.
    ///
    /// # Errors
    /// A sentence that names the first word that is neither, or that can never be worth it (2xx, 410).
    pub fn these(words: &[impl AsRef<str>]) -> Result<Self, String> {
        Ok(Self(Set::These(words.iter().map(|word| range(word.as_ref())).collect::<Result<_, _>>()?)))
    }

    /// Whether an answer with this status is worth another attempt.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        let never = matches!(status, 200..=299 | 410);
        !never
            && match &self.0 {
                Set::Any => true,
                Set::These(ranges) => ranges.iter().any(|(first, last)| (*first..=*last).contains(&status)),
            }
    }
}

impl Default for RetryOn {
    /// What HTTP itself calls passing: 408, 409, 425, 429 and 5xx.
    fn default() -> Self {
        Self(Set::These(vec![(408, 409), (425, 425), (429, 429), (500, 599)]))
    }
}

fn range(word: &str) -> Result<(u16, u16), String> {
    let class = word.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
    let range = match class {
        Some(class) => (class * 100, class * 100 + 99),
        None => word.parse().map(|status| (status, status)).unwrap_or_default(),
    };
    match range {
        (200..=299 | 410, 200..=299 | 410) => Err(format!("`{word}` is never tried again.")),
        (100..=599, _) => Ok(range),
        _ => Err(format!("`{word}` is neither an HTTP status nor a class such as 5xx.")),
    }
}

/// As it stands in a file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "neither \"any\" nor a list of HTTP statuses such as [408, 429, \"5xx\"]")]
enum Written {
    Word(String),
    Words(Vec<Word>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Status(u16),
    Class(String),
}

impl TryFrom<Written> for RetryOn {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(word) if word == "any" => Ok(Self::any()),
            Written::Word(word) => Err(format!("`{word}` is neither \"any\" nor a list of HTTP statuses.")),
            Written::Words(words) => {
                let word = |word| match word {
                    Word::Status(status) => status.to_string(),
                    Word::Class(class) => class,
                };
                Self::these(&words.into_iter().map(word).collect::<Vec<_>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        retry_on: RetryOn,
    }

    fn read(written: &str) -> Result<RetryOn, String> {
        let file = toml::from_str::<File>(&format!("retry_on = {written}"));
        file.map(|file| file.retry_on).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_list_names_statuses_and_classes() {
        let these = read("[408, 409, 425, 429, \"5xx\"]").unwrap();
        for worth in [408, 409, 425, 429, 500, 503, 599] {
            assert!(these.contains(worth) && RetryOn::default().contains(worth), "{worth}");
        }
        for not in [200, 204, 301, 400, 401, 404, 407, 410, 499] {
            assert!(!these.contains(not) && !RetryOn::default().contains(not), "{not}");
        }
        assert!(!read("[]").unwrap().contains(500));
        assert!(!read("[\"4xx\"]").unwrap().contains(410), "410 never is");
    }

    #[test]
    fn any_is_everything_but_success_and_gone() {
        let any = read("\"any\"").unwrap();
        for worth in [100, 301, 400, 404, 429, 500] {
            assert!(any.contains(worth), "{worth}");
        }
        assert!(!any.contains(200) && !any.contains(299) && !any.contains(410));
    }

    #[test]
    fn a_word_that_is_no_status_is_named() {
        for (written, word) in [
            ("[\"6xx\"]", "6xx"),
            ("[42]", "42"),
            ("[\"xx\"]", "xx"),
            ("[\"2xx\"]", "2xx"),
            ("[410]", "410"),
            ("\"all\"", "all"),
        ] {
            let refused = read(written).unwrap_err();
            assert!(refused.contains(&format!("`{word}`")), "{written}: {refused}");
        }
        assert!(read("7").unwrap_err().contains("neither"));
    }
}
