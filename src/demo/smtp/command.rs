//! What a client may say: a line read into a command. Pure.

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// `EHLO` or `HELO`, with the name given.
    Hello {
        extended: bool,
        name: String,
    },
    /// `MAIL FROM:<...>`.
    Mail(Path),
    /// `RCPT TO:<...>`.
    Recipient(Path),
    Data,
    Reset,
    Noop,
    Quit,
    Help,
    /// `VRFY`: who is there is not told.
    Verify,
}

/// An address with what is said about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Without the angle brackets; empty for a bounce's sender.
    pub(super) address: String,
    /// `SIZE=n`, in bytes.
    pub(super) size: Option<u64>,
    /// `SMTPUTF8`.
    pub(super) utf8: bool,
}

/// Why a line is no command: the answer's code and text.
pub(super) type Fault = (u16, &'static str);

/// Reads a command.
///
/// # Errors
/// The answer to a line that is none.
pub(super) fn parse(line: &[u8]) -> Result<Command, Fault> {
    let line = std::str::from_utf8(line).map_err(|_| (500, "5.5.2 A command is written in UTF-8"))?.trim_end();
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match verb.to_ascii_uppercase().as_str() {
        word @ ("EHLO" | "HELO") if rest.is_empty() => {
            Err((501, if word == "EHLO" { "5.5.4 EHLO needs a name" } else { "5.5.4 HELO needs a name" }))
        }
        word @ ("EHLO" | "HELO") => Ok(Command::Hello { extended: word == "EHLO", name: rest.to_owned() }),
        "MAIL" => path(rest, "FROM:", true).map(Command::Mail),
        "RCPT" => path(rest, "TO:", false).map(Command::Recipient),
        "DATA" => alone(rest, Command::Data),
        "RSET" => alone(rest, Command::Reset),
        "QUIT" => alone(rest, Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "VRFY" => Ok(Command::Verify),
        "AUTH" | "STARTTLS" | "EXPN" | "BDAT" | "ETRN" => Err((502, "5.5.1 Not done here")),
        _ => Err((500, "5.5.1 There is no such command")),
    }
}

fn alone(rest: &str, command: Command) -> Result<Command, Fault> {
    if rest.is_empty() { Ok(command) } else { Err((501, "5.5.4 This command stands alone")) }
}

fn path(rest: &str, keyword: &str, sender: bool) -> Result<Path, Fault> {
    let syntax = if sender { (501, "5.5.4 Write MAIL FROM:<address>") } else { (501, "5.5.4 Write RCPT TO:<address>") };
    let given = rest.get(..keyword.len()).filter(|start| start.eq_ignore_ascii_case(keyword)).ok_or(syntax)?;
    let rest = rest[given.len()..].trim_start().strip_prefix('<').ok_or(syntax)?;
    let (inside, parameters) = rest.split_at(end_of_path(rest).ok_or(syntax)?);
    // A route in front of the address (<@one,@two:user@three>) is read and not followed.
    let address = if inside.starts_with('@') { inside.split_once(':').ok_or(syntax)?.1 } else { inside };
    if !acceptable(address, sender) {
        return Err((553, "5.1.3 This is no address"));
    }
    let parameters = &parameters[1..];
    if !(parameters.is_empty() || parameters.starts_with(' ')) {
        return Err(syntax);
    }
    let mut path = Path { address: address.to_owned(), size: None, utf8: false };
    for parameter in parameters.split_ascii_whitespace() {
        parameter_of(&mut path, parameter, sender)?;
    }
    Ok(path)
}

/// Where the `>` stands that ends the address: not one inside a quoted local part.
fn end_of_path(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
        None
    })
}

/// A local part and a domain, a bounce's empty sender, or the postmaster.
fn acceptable(address: &str, sender: bool) -> bool {
    if address.is_empty() {
        return sender;
    }
    let sound = !address.chars().any(char::is_control) && address.len() <= 320;
    let parts = address.rsplit_once('@');
    let whole = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains(|c: char| c.is_whitespace() || c == '<')
    });
    sound && (whole || (!sender && address.eq_ignore_ascii_case("postmaster")))
}

fn parameter_of(path: &mut Path, parameter: &str, sender: bool) -> Result<(), Fault> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    match (name.to_ascii_uppercase().as_str(), value) {
        ("SIZE", number) if sender => {
            path.size = Some(number.parse().map_err(|_| (501, "5.5.4 SIZE is a number of bytes"))?);
        }
        ("BODY", kind) if sender && ["7BIT", "8BITMIME"].iter().any(|known| kind.eq_ignore_ascii_case(known)) => {}
        ("SMTPUTF8", "") if sender => path.utf8 = true,
        _ => return Err((555, "5.5.4 This parameter is not known here")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(line: &str) -> String {
        match parse(line.as_bytes()) {
            Ok(Command::Mail(path) | Command::Recipient(path)) => path.address,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn code(line: &str) -> u16 {
        parse(line.as_bytes()).unwrap_err().0
    }

    #[test]
    fn commands_are_read_whatever_their_case() {
        assert_eq!(parse(b"ehlo there"), Ok(Command::Hello { extended: true, name: "there".to_owned() }));
        assert_eq!(parse(b"HELO x "), Ok(Command::Hello { extended: false, name: "x".to_owned() }));
        assert_eq!(parse(b"noop whatever"), Ok(Command::Noop));
        assert_eq!(parse(b"Data"), Ok(Command::Data));
        assert_eq!(code("DATA now"), 501);
        assert_eq!(code("EHLO"), 501);
        assert_eq!(code("STARTTLS"), 502);
        assert_eq!(code("GET / HTTP/1.1"), 500);
        assert_eq!(code(""), 500);
        assert_eq!(parse(b"\xff\xfe").unwrap_err().0, 500);
    }

    #[test]
    fn addresses_are_read_as_they_are_written() {
        assert_eq!(address("MAIL FROM:<a@b.example>"), "a@b.example");
        assert_eq!(address("mail from: <a@b.example> BODY=8BITMIME"), "a@b.example");
        assert_eq!(address("MAIL FROM:<>"), "");
        assert_eq!(address("RCPT TO:<@one.example,@two.example:a@b.example>"), "a@b.example");
        assert_eq!(address("RCPT TO:<\"a > b\\\"\"@b.example>"), "\"a > b\\\"\"@b.example");
        assert_eq!(address("RCPT TO:<Postmaster>"), "Postmaster");
        assert_eq!(address("RCPT TO:<jürgen@bücher.example>"), "jürgen@bücher.example");
        for bad in ["RCPT TO:<>", "RCPT TO:<a>", "RCPT TO:<a@>", "MAIL FROM:<@b.example:>x"] {
            assert!([553, 501].contains(&code(bad)), "{bad}");
        }
        for bad in ["MAIL", "MAIL a@b.example", "MAIL FROM:a@b.example", "RCPT TO:<a@b.example", "MAIL FROM:<a@b>x"] {
            assert_eq!(code(bad), 501, "{bad}");
        }
    }

    #[test]
    fn parameters_are_known_or_refused() {
        let sized = parse(b"MAIL FROM:<a@b> SIZE=12 SMTPUTF8 BODY=7bit");
        assert_eq!(sized, Ok(Command::Mail(Path { address: "a@b".to_owned(), size: Some(12), utf8: true })));
        assert_eq!(code("MAIL FROM:<a@b> SIZE=many"), 501);
        assert_eq!(code("MAIL FROM:<a@b> BODY=BINARYMIME"), 555);
        assert_eq!(code("RCPT TO:<a@b> NOTIFY=NEVER"), 555);
    }
}
