//! Registry files: what is written reads back equal, and what is wrong in a spreadsheet is named with its cell.

use jiff::civil::{Date, date};
use pointsman::registry::csv::{self, CsvFile};
use pointsman::registry::document;
use pointsman::registry::model::{
    Accreditation, Document, Hotline, Limitation, Participant, Platform, PlatformRelease, Report, ScopeEntry,
    ScopeResult, Solution, SolutionRelease, Verdict,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const EXAMPLE: &[u8] = include_bytes!("../../src/registry/document/example.json");

fn files(document: &Document) -> Vec<CsvFile> {
    let files = csv::write(document).unwrap();
    files.into_iter().map(|(name, bytes)| CsvFile { name: name.into(), bytes }).collect()
}

fn file(name: &str, text: &str) -> CsvFile {
    CsvFile { name: name.into(), bytes: text.as_bytes().to_vec() }
}

fn faults_of(files: &[CsvFile]) -> Vec<String> {
    csv::parse(files, None).map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

/// Text as a spreadsheet's user might type it, delimiters, quotes and line ends included; never blank.
fn text() -> impl Strategy<Value = String> {
    "[\\PC\n\r\t|;,\"\\\\]{0,8}".prop_map(|rest| format!("t{rest}"))
}

fn day() -> impl Strategy<Value = Date> {
    (2000i16..2030, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

/// Names that no other entry has: the number is a word of its own.
fn named(at: usize, rest: &[String]) -> (String, String, Vec<String>) {
    let mut names = rest.iter().enumerate().map(|(nth, text)| format!("{at}x{nth}x{text}"));
    let (id, name) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    (id, name, names.collect())
}

/// Releases that are all different, with odd characters after the number.
fn releases(rest: Vec<String>) -> Vec<String> {
    rest.iter().enumerate().map(|(nth, text)| format!("R{nth}.{}", text.replace("..", ".t"))).collect()
}

fn platform() -> impl Strategy<Value = Platform> {
    (vec(text(), 2..5), option::of(text()), vec((text(), vec(text(), 0..3), option::of(day())), 0..3)).prop_map(
        |(names, activity, list)| {
            let (id, name, aliases) = named(0, &names);
            let numbers = releases(list.iter().map(|(text, ..)| text.clone()).collect());
            let release = |(nth, (number, (_, codes, end_of_life_on))): (usize, (String, (_, Vec<String>, _)))| {
                let codes = codes.iter().enumerate().map(|(at, code)| format!("N{nth}y{at}y{code}")).collect();
                PlatformRelease { release: number, codes, end_of_life_on }
            };
            let releases = numbers.into_iter().zip(list).enumerate().map(release).collect();
            Platform { id, name, aliases, activity, releases }
        },
    )
}

fn participant() -> impl Strategy<Value = Participant> {
    let hotline = (option::of(text()), option::of(text()), option::of(text()), option::of(text()), option::of(text()))
        .prop_map(|(email, phone, url, hours, process)| Hotline { email, phone, url, hours, process });
    let dates = (option::of(day()), option::of(0i32..4000), option::of(day()));
    let accreditations = vec((text(), option::of(text()), option::of(day()), option::of(1i32..2000)), 0..3);
    (vec(text(), 2..5), option::of(text()), vec(text(), 0..3), dates, hotline, 0i64..9, accreditations).prop_map(
        |(names, region, profiles, (joined_on, stayed, qualified_until), hotline, assistance_tickets, list)| {
            let (id, name, aliases) = named(0, &names);
            let later = |from: Option<Date>, days: Option<i32>| {
                let from = from.unwrap_or(date(2020, 1, 1));
                days.map(|days| from.saturating_add(jiff::Span::new().days(days)))
            };
            let accreditation = |(nth, (text, name, granted_on, lasts)): (usize, (String, Option<String>, _, _))| {
                let name = name.map(|name| format!("{nth}n{name}"));
                Accreditation { api: format!("{nth}a{text}"), name, granted_on, expires_on: later(granted_on, lasts) }
            };
            Participant {
                id,
                name,
                aliases,
                membership: None,
                profiles,
                region,
                joined_on,
                left_on: later(joined_on, stayed),
                qualified_until,
                hotline,
                assistance_tickets,
                accreditations: list.into_iter().enumerate().map(accreditation).collect(),
            }
        },
    )
}

fn solution() -> impl Strategy<Value = Solution> {
    (vec(text(), 2..5), option::of(text()), vec((text(), option::of(day())), 0..3)).prop_map(|(names, kind, list)| {
        let (id, name, aliases) = named(0, &names);
        let numbers = releases(list.iter().map(|(text, _)| text.clone()).collect());
        let release = |(release, (_, end_of_life_on))| SolutionRelease { release, end_of_life_on };
        let releases = numbers.into_iter().zip(list).map(release).collect();
        Solution { id, participant: String::new(), name, aliases, kind, releases }
    })
}

fn report() -> impl Strategy<Value = Report> {
    let scope = vec((vec(text(), 2..4), select(ScopeResult::ALL)), 0..4);
    let limitations = vec((any::<bool>(), text()), 0..3);
    let days = (day(), option::of(1i32..2000), option::of(0i32..2000));
    let listed = (vec(text(), 1..4), vec(text(), 1..4));
    (1u32..9, listed, select(Verdict::ALL), days, scope, limitations, option::of(text())).prop_map(
        |(edition, (ours, theirs), verdict, (published_on, valid, withdrawn), scope, limitations, escalation)| {
            let after = |days: i32| published_on.saturating_add(jiff::Span::new().days(days));
            let scope: Vec<ScopeEntry> = scope
                .into_iter()
                .enumerate()
                .map(|(nth, (names, result))| {
                    let (id, name, aliases) = named(nth, &names);
                    ScopeEntry { id, name, aliases, result }
                })
                .collect();
            let limitation = |(nth, (tied, text)): (usize, (bool, String))| {
                let feature = scope.first().filter(|_| tied).map(|entry| entry.id.clone());
                Limitation { id: format!("L{nth}"), feature, text }
            };
            Report {
                id: String::new(),
                edition,
                solution: String::new(),
                solution_releases: releases(theirs),
                platform: String::new(),
                platform_releases: releases(ours),
                verdict,
                published_on,
                expires_on: valid.map(after),
                withdrawn_on: withdrawn.map(after),
                limitations: limitations.into_iter().enumerate().map(limitation).collect(),
                scope,
                escalation,
            }
        },
    )
}

/// A sound document with everything in it that a document can have.
fn sound() -> impl Strategy<Value = Document> {
    let some = 1usize..3;
    let lists =
        (vec(platform(), some.clone()), vec(participant(), some.clone()), vec(solution(), some), vec(report(), 0..4));
    lists.prop_map(|(mut platforms, mut participants, mut solutions, mut reports)| {
        let renumber = |at: usize, names: &mut dyn Iterator<Item = &mut String>| {
            names.for_each(|name| *name = format!("{at}z{name}"));
        };
        for (at, entry) in platforms.iter_mut().enumerate() {
            renumber(at, &mut [&mut entry.id, &mut entry.name].into_iter().chain(&mut entry.aliases));
        }
        for (at, entry) in participants.iter_mut().enumerate() {
            renumber(at, &mut [&mut entry.id, &mut entry.name].into_iter().chain(&mut entry.aliases));
        }
        for (at, entry) in solutions.iter_mut().enumerate() {
            renumber(at, &mut [&mut entry.id, &mut entry.name].into_iter().chain(&mut entry.aliases));
            entry.participant.clone_from(&participants[at % participants.len()].id);
        }
        for (at, entry) in reports.iter_mut().enumerate() {
            entry.id = format!("IWR-{}|\"", at / 2);
            entry.edition = entry.edition * 2 + (at % 2) as u32;
            entry.solution.clone_from(&solutions[at % solutions.len()].id);
            entry.platform.clone_from(&platforms[at % platforms.len()].id);
        }
        Document { platforms, participants, solutions, reports }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_document_written_as_json_reads_back_equal(document in sound()) {
        prop_assert_eq!(document::check(&document), vec![]);
        let written = serde_json::to_vec_pretty(&document).unwrap();
        prop_assert_eq!(document::parse("x.json", &written), Ok(document));
    }

    #[test]
    fn a_document_written_as_csv_reads_back_equal(document in sound()) {
        prop_assert_eq!(csv::parse(&files(&document), None), Ok(document));
    }

    #[test]
    fn no_file_makes_reading_panic(json in "[\\[\\]{}\":,a-z0-9 \n]{0,60}", csv in "[a-z;,\"\n|\\\\ 0-9]{0,60}") {
        let _ = document::parse("x.json", json.as_bytes());
        let _ = csv::parse(&[file("platforms.csv", &format!("id,name\n{csv}")), file("scope.csv", &csv)], None);
    }
}

#[test]
fn the_example_as_csv_looks_as_a_spreadsheets_user_expects() {
    let document = document::parse("example.json", EXAMPLE).unwrap();
    let written = csv::write(&document).unwrap();
    let text = |name: &str| {
        let (_, bytes) = written.iter().find(|(file, _)| *file == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    };
    assert_eq!(
        text("reports.csv"),
        "id,edition,solution,solution_releases,platform,platform_releases,verdict,published_on,expires_on,withdrawn_on,escalation\n\
         IWR-0412,1,hotelia-pms,8.2,oxe,R100.1|R101,passed,2025-03-14,,,how to reach the hotline\n"
    );
    assert_eq!(text("scope.csv"), "report,edition,id,name,aliases,result\nIWR-0412,1,wake-up,Wake-up call,,ok\n");
    assert_eq!(text("platform_releases.csv"), "platform,release,codes,end_of_life_on\noxe,R101.1,N4,\n");
}

#[test]
fn what_spreadsheet_programs_do_to_a_file_is_understood() {
    let semicolons = "\u{feff}Id;Name;Aliases;Activity;\r\noxe;\"Omni; PCX\";OXE|Omni \\| PCX;;\r\n;;;;\r\n";
    let releases = "platform\trelease\tcodes\n\noxe\tR101\tN3\n";
    let read = csv::parse(&[file("a/platforms.csv", semicolons), file("a/PLATFORM_RELEASES.CSV", releases)], None);
    let document = read.unwrap();
    assert_eq!(document.platforms.len(), 1);
    let platform = &document.platforms[0];
    assert_eq!(
        (platform.name.as_str(), &platform.aliases[..]),
        ("Omni; PCX", &["OXE".into(), "Omni | PCX".into()][..])
    );
    assert_eq!(platform.releases[0].codes, ["N3"]);
}

#[test]
fn every_fault_of_all_files_is_named_with_file_line_and_column() {
    let platforms = "id,name,alias\noxe,OmniPCX,\n\n\"x\ny\",OMNI-PCX,\n";
    let participants =
        "id,name,assistance_tickets,joined_on,hotline_email\nhotelia,Hotelia,five,14/03/2026,a@hotelia.example,7\n";
    let solutions = "id,name\npms,PMS\n";
    let reports = "id,edition,solution,solution_releases,platform,platform_releases,verdict,published_on,expires_on\n\
                   IWR-1,1,pms,8.2|-,oxy,R101,pass,2026-02-30,\n";
    let scope = "report,edition,id,name,result\nIWR-1,01,a,A,ok\nIWR-1,2,b,B,ok\nIWR-1,1,c,C,maybe\n";
    let given = [
        file("d/platforms.csv", platforms),
        file("d/participants.csv", participants),
        file("d/solutions.csv", solutions),
        file("d/reports.csv", reports),
        file("d/scope.csv", scope),
        file("d/platform_releases.csv", "platform,release\noxo,R6\n"),
        file("d/limitation.csv", "id\n"),
    ];
    let expected = [
        "d/limitation.csv: is none of the registry's files; did you mean `limitations.csv`?",
        "d/participants.csv:2: this row has 6 cells and the header 5; put a cell that holds \",\" in double quotes.",
        "d/participants.csv:2: joined_on: \"14/03/2026\" is no date; write it as year-month-day, like 2026-03-14.",
        "d/participants.csv:2: assistance_tickets: must be a whole number, not the text \"five\".",
        "d/platform_releases.csv:2: platform: no platform has the id \"oxo\"; did you mean \"oxe\"?",
        "d/platforms.csv:1: alias: unknown column; did you mean `aliases`?",
        "d/platforms.csv:4: name: \"OMNI-PCX\" also names platforms[0] (\"oxe\"); a name belongs to one entry.",
        "d/reports.csv:2: verdict: unknown word \"pass\"; did you mean `passed`?",
        "d/reports.csv:2: published_on: 2026-02-30 does not exist: that month has 28 days.",
        "d/reports.csv:2: platform: no platform has the id \"oxy\"; did you mean \"oxe\"?",
        "d/reports.csv:2: solution_releases: \"-\" is no release: it holds no letter or digit.",
        "d/scope.csv:3: report: no report \"IWR-1\" edition \"2\" stands in reports.csv.",
        "d/scope.csv:4: result: unknown word \"maybe\"; there are `ok`, `ok_but`, `nok`, `not_tested` and `not_applicable`.",
        "d/solutions.csv:1: participant: this column is missing.",
    ];
    assert_eq!(faults_of(&given), expected);
}

#[test]
fn one_kind_alone_is_read_against_the_rest_of_the_registry() {
    let current = document::parse("example.json", EXAMPLE).unwrap();
    let solutions = file("solutions.csv", "id,participant,name\nhotelia-pms,hotelia,Hotelia PMS\nnew,hotelia,New\n");
    let merged = csv::parse(std::slice::from_ref(&solutions), Some(&current)).unwrap();
    assert_eq!(merged.solutions.len(), 2);
    assert_eq!((&merged.reports, &merged.participants), (&current.reports, &current.participants));

    assert!(csv::parse(&[solutions], None).is_ok(), "what it refers to is not at hand, so it is not dangling");
    let gone = csv::parse(&[file("solutions.csv", "id,participant,name\n")], Some(&current)).unwrap_err();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].to_string(), "reports[0].solution: no solution has the id \"hotelia-pms\".");
}

#[test]
fn a_list_inside_entries_needs_the_file_of_its_entries() {
    let faults = faults_of(&[file("scope.csv", "report,edition,id,name,result\nIWR-1,1,a,A,ok\n")]);
    assert_eq!(faults, ["scope.csv: needs reports.csv beside it: its rows belong to entries there."]);
    assert_eq!(
        faults_of(&[file("platforms.csv", "")]),
        ["platforms.csv:1: is empty; its first line names the columns."]
    );
    let twice = [file("a/platforms.csv", "id,name\n"), file("b/platforms.csv", "id,name\n")];
    assert_eq!(faults_of(&twice), ["b/platforms.csv: is a second platforms.csv; give one."]);
}
