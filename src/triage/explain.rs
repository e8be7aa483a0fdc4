//! The words of a decision: what was looked up, put into the operator's sentences, and where each fact came from.

use std::borrow::Cow;

use jiff::civil::Date;

use super::decision::{Contact, Evidence, NextStep};
use super::facts::{Coverage, Fact, Facts, Scope};
use super::find::{Closest, Finding};
use super::outcome::{Outcome, Turn};
use super::rules::{Rule, Rules};
use super::template::{Template, Word};
use crate::intake::esr::{Esr, FiledBy};
use crate::registry::model::{Participant, Report, ScopeResult, Verdict};

/// Which of the two looked-up facts the rule that decided looked at; the others are not worth a sentence or a
/// question.
#[derive(Debug)]
pub(super) struct LookedAt {
    pub coverage: bool,
    pub scope: bool,
}

/// Everything that the sentences of one decision are made from.
pub(super) struct Explainer<'a> {
    pub esr: &'a Esr,
    pub finding: &'a Finding<'a>,
    pub facts: &'a Facts,
    pub filed_by: &'a FiledBy,
}

impl<'a> Explainer<'a> {
    /// Why: what the look-ups found, as far as the rule looked at it, and then the rule's own sentence.
    pub(super) fn because(&self, rules: &Rules, rule: &Rule, looked_at: &LookedAt) -> String {
        let says = |fact: Fact, value: usize| rules.words().value(fact, value as u8).says.as_ref();
        let coverage = looked_at.coverage.then(|| says(Fact::COVERAGE, self.facts.coverage.index())).flatten();
        let scope = looked_at.scope.then(|| says(Fact::SCOPE, self.facts.scope.index())).flatten();
        let sentences = [coverage, scope, Some(&rules.outcome(rule).because)];
        let said: Vec<String> = sentences.into_iter().flatten().map(|template| self.say(template)).collect();
        said.iter()
            .map(|sentence| sentence.trim())
            .filter(|sentence| !sentence.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What each side does now.
    pub(super) fn next_steps(&self, outcome: &Outcome) -> Vec<NextStep> {
        let step =
            |step: &super::outcome::Step| NextStep { who: step.who.as_str().to_owned(), what: self.say(&step.what) };
        outcome.next_steps.iter().map(step).collect()
    }

    /// Where to turn: a desk, or the participant's hotline in the words of the report.
    pub(super) fn contact(&self, outcome: &Outcome) -> Option<Contact> {
        contact(outcome, self.finding.participant, self.finding.report.map(|found| found.report))
    }

    /// The registry's entries behind the decision, as written there.
    pub(super) fn evidence(&self) -> Evidence {
        let finding = self.finding;
        let found = finding.report;
        let accreditation = finding.accreditations.first();
        let report_on = |closest: &Closest<'_>| match closest {
            Closest::Report(report, _) | Closest::NotPassed(report) => Some(named(report)),
            Closest::Accreditation(_) => None,
        };
        Evidence {
            report: found.map(|found| found.report.id.clone()),
            edition: found.map(|found| found.report.edition),
            published_on: found.map(|found| found.report.published_on),
            expires_on: found.map_or_else(|| accreditation?.expires_on, |found| Some(found.expires_on)),
            platform_release: found.map(|found| found.platform_release.to_owned()),
            solution_release: found.map(|found| found.solution_release.to_owned()),
            scope_entry: finding.scope.entry.map(|(id, _)| id.to_owned()),
            limitation: finding
                .scope
                .limitation
                .filter(|_| finding.scope.scope == Scope::KnownLimitation)
                .map(|limitation| limitation.id.clone()),
            accreditation: accreditation.map(|accreditation| accreditation.api.clone()),
            participant: finding.participant.map(|participant| participant.id.clone()),
            solution: finding.solution.map(|solution| solution.id.clone()),
            platform: finding.platform.map(|platform| platform.id.clone()),
            closest: finding.closest.as_ref().and_then(report_on),
        }
    }

    fn say(&self, template: &Template) -> String {
        template.render(|word| self.word(word))
    }

    fn word(&self, word: Word) -> Option<Cow<'a, str>> {
        let finding = self.finding;
        let esr = self.esr;
        let report = finding.report;
        let accreditation = finding.accreditations.first();
        match word {
            Word::Report => report.map(|found| Cow::from(&found.report.id)),
            Word::Edition => report.map(|found| found.report.edition.to_string().into()),
            Word::PublishedOn => report.map(|found| found.report.published_on.to_string().into()),
            Word::ExpiresOn => self.expires_on().map(|day| day.to_string().into()),
            Word::LastDay => self.expires_on()?.yesterday().ok().map(|day| day.to_string().into()),
            Word::Solution => finding
                .solution
                .map(|solution| Cow::from(&solution.name))
                .or_else(|| esr.third_party.as_ref()?.solution.as_deref().map(Cow::from)),
            Word::SolutionRelease => esr.third_party.as_ref()?.release.as_deref().map(|text| text.trim().into()),
            Word::Platform => finding
                .platform
                .map(|platform| Cow::from(&platform.name))
                .or_else(|| esr.platform.as_ref()?.product.as_deref().map(Cow::from)),
            Word::PlatformRelease => {
                let platform = esr.platform.as_ref()?;
                platform.release.as_deref().or(platform.patch.as_deref()).map(|text| text.trim().into())
            }
            Word::Company => self.company().map(Cow::from),
            Word::Accreditations => {
                let names = finding.accreditations.iter().map(|a| a.name.as_deref().unwrap_or(&a.api));
                Some(names.collect::<Vec<_>>().join(", ").into())
            }
            Word::GrantedOn => accreditation?.granted_on.map(|day| day.to_string().into()),
            Word::ObsoleteProduct => finding.obsolete.map(|(product, _)| product.into()),
            Word::ObsoleteRelease => finding.obsolete.map(|(_, release)| Cow::from(&release.text)),
            Word::EndOfLifeOn => finding.obsolete?.1.end_of_life_on.map(|day| day.to_string().into()),
            Word::Closest => finding.closest.as_ref().map(|closest| closest_miss(closest).into()),
            Word::Withdrawal | Word::NotInProgram => self.reason(),
            Word::Unresolved => self.reason().filter(|_| self.facts.coverage == Coverage::Unresolved),
            Word::Incomplete => self.reason().filter(|_| self.facts.coverage == Coverage::Incomplete),
            Word::ScopeName => self.scope_name().map(Cow::from),
            Word::ScopeResult => finding.scope.result.map(|result| tested(result).into()),
            Word::RemarkId => self.remark().map(|remark| Cow::from(&remark.id)),
            Word::Remark => self.remark().map(|remark| ended(&remark.text)),
            Word::LimitationId => finding.scope.limitation.map(|limitation| Cow::from(&limitation.id)),
            Word::Limitation => finding.scope.limitation.map(|l| l.text.trim_end_matches('.').into()),
            Word::ScopeUnclear => self.scope_unclear().map(Cow::from),
            Word::Feature => esr.feature.as_deref().map(Cow::from),
            Word::CaseNumber => esr.participant_case.as_ref()?.number.as_deref().map(Cow::from),
            Word::Topic => esr.assistance_topic.map(|topic| topic.as_str().replace('_', " ").into()),
            Word::Severity => Some(esr.severity.to_string().into()),
            Word::Filer => Some(self.filed_by.filer.to_string().replace('_', " ").into()),
        }
    }

    fn expires_on(&self) -> Option<Date> {
        match self.finding.report {
            Some(found) => Some(found.expires_on),
            None => self.finding.accreditations.first()?.expires_on,
        }
    }

    fn company(&self) -> Option<&'a str> {
        let named = || self.esr.third_party.as_ref()?.company.as_deref();
        self.finding.participant.map(|participant| participant.name.as_str()).or_else(named)
    }

    fn reason(&self) -> Option<Cow<'a, str>> {
        self.finding.reason.sentence(self.esr, &self.finding.candidates, self.company()).map(Cow::from)
    }

    /// A limitation that stands on a feature which works all the same: worth telling, not an answer.
    fn remark(&self) -> Option<&'a crate::registry::model::Limitation> {
        self.finding.scope.limitation.filter(|_| self.facts.scope == Scope::InScope)
    }

    fn scope_name(&self) -> Option<&'a str> {
        let scope = &self.finding.scope;
        scope.entry.map(|(_, name)| name).or(self.esr.feature.as_deref())
    }

    fn scope_unclear(&self) -> Option<String> {
        let scope = &self.finding.scope;
        if !scope.measured {
            return None;
        }
        let Some(feature) = self.esr.feature.as_deref().filter(|_| !scope.feature_missing) else {
            return Some(
                "It is not said which feature is affected, so it cannot be measured against what was certified.".into(),
            );
        };
        let near: Vec<String> = self
            .finding
            .candidates
            .iter()
            .filter(|c| c.kind == super::decision::CandidateKind::Feature)
            .take(3)
            .map(|candidate| format!("\"{}\"", candidate.name))
            .collect();
        Some(format!("\"{feature}\" is not a tested feature, but is close to {}.", near.join(", ")))
    }
}

/// Where an outcome says to turn: a desk, or this participant's hotline in the words of the report.
pub(super) fn contact(
    outcome: &Outcome,
    participant: Option<&Participant>,
    report: Option<&Report>,
) -> Option<Contact> {
    match outcome.contact.as_ref()? {
        Turn::Desk(contact) => Some(contact.clone()),
        Turn::Participant => {
            let participant = participant?;
            let hotline = &participant.hotline;
            let report = report.and_then(|report| report.escalation.clone());
            Some(Contact {
                name: participant.name.clone(),
                email: hotline.email.clone(),
                phone: hotline.phone.clone(),
                url: hotline.url.clone(),
                hours: hotline.hours.clone(),
                process: report.or_else(|| hotline.process.clone()),
            })
        }
    }
}

/// What a test came to, for people.
fn tested(result: ScopeResult) -> &'static str {
    match result {
        ScopeResult::Ok => "ok",
        ScopeResult::OkBut => "ok, with a remark",
        ScopeResult::Nok => "not ok",
        ScopeResult::NotTested => "not tested",
        ScopeResult::NotApplicable => "not applicable",
    }
}

/// A report's text as a sentence of its own.
fn ended(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.into() } else { format!("{text}.").into() }
}

fn named(report: &Report) -> String {
    format!("{} edition {}", report.id, report.edition)
}

fn closest_miss(closest: &Closest<'_>) -> String {
    match closest {
        Closest::Report(report, platform) => format!(
            "{}, for release {} on {} {}",
            named(report),
            report.solution_releases.join(", "),
            platform.name,
            report.platform_releases.join(", "),
        ),
        Closest::NotPassed(report) => {
            let verdict = if report.verdict == Verdict::Refused { "refused" } else { "postponed" };
            format!("{} of {} was {verdict}", named(report), report.published_on)
        }
        Closest::Accreditation(accreditation) => {
            let name = accreditation.name.as_deref().unwrap_or(&accreditation.api);
            match accreditation.expires_on {
                Some(day) => format!("the accreditation on {name} ended on {day}"),
                None => format!("the accreditation on {name} is not granted yet"),
            }
        }
    }
}
