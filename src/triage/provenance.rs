//! Where each fact came from: which field of the eSR, what stood there, which entry of the registry it led to.
//!
//! The likelier error in production is a wrong fact, not a wrong rule; this is what an agent reads to find it.

use super::decision::Provenance;
use super::explain::Explainer;
use super::facts::Coverage;

impl Explainer<'_> {
    /// One line or more for each of the nine facts, in the table's order.
    pub(super) fn provenance(&self) -> Vec<Provenance> {
        let (esr, facts) = (self.esr, self.facts);
        let case = esr.participant_case.as_ref();
        let mut lines = vec![
            line("phase", facts.phase.as_str(), "phase", Some(facts.phase.to_string())),
            line("filer", facts.filer.as_str(), "credential", None),
        ];
        lines.extend(self.coverage_lines());
        lines.push(self.scope_line());
        lines.push(line(
            "responsibility",
            facts.responsibility.as_str(),
            "responsibility",
            esr.responsibility.map(|said| said.to_string()),
        ));
        let case_said = case.and_then(|case| case.number.clone());
        let mut analysis =
            line("participant_analysis", facts.participant_analysis.as_str(), "participant_case", case_said);
        analysis.note = self.analysis_note();
        lines.push(analysis);
        let access = esr.system_access.map(|access| access.to_string());
        lines.push(line("system_access", facts.system_access.as_str(), "system_access", access));
        lines.push(self.assistance_line());
        lines.push(line("urgency", facts.urgency.as_str(), "severity", Some(esr.severity.to_string())));
        lines
    }

    /// Coverage rests on up to five fields: two names of the third party, its release, the platform and its release.
    fn coverage_lines(&self) -> Vec<Provenance> {
        let finding = self.finding;
        let Some(third_party) = &self.esr.third_party else {
            return vec![line("coverage", Coverage::NotInvolved.as_str(), "third_party", None)];
        };
        let platform = self.esr.platform.as_ref();
        let mut lines = Vec::new();
        let mut push = |from: &'static str, said: Option<&String>, entry: Option<&str>, score: Option<f64>| {
            if said.is_some() || entry.is_some() {
                let mut line = line("coverage", self.facts.coverage.as_str(), from, said.cloned());
                line.entry = entry.map(str::to_owned);
                line.score = score.or_else(|| entry.map(|_| 1.0));
                lines.push(line);
            }
        };
        push("third_party.company", third_party.company.as_ref(), finding.participant.map(|p| p.id.as_str()), None);
        push("third_party.solution", third_party.solution.as_ref(), finding.solution.map(|s| s.id.as_str()), None);
        push(
            "platform.product",
            platform.and_then(|p| p.product.as_ref()),
            finding.platform.map(|p| p.id.as_str()),
            None,
        );
        let found = finding.report;
        let release = platform.and_then(|p| p.release.as_ref().or(p.patch.as_ref()));
        push("platform.release", release, found.map(|found| found.platform_release), None);
        push("third_party.release", third_party.release.as_ref(), found.map(|found| found.solution_release), None);
        let about = finding.reason.field();
        let at = lines.iter().position(|line| line.from.as_deref() == about).unwrap_or(lines.len().saturating_sub(1));
        if let Some(line) = lines.get_mut(at) {
            line.note = self.why_coverage();
        }
        lines
    }

    fn why_coverage(&self) -> Option<String> {
        let finding = self.finding;
        let reason =
            finding.reason.sentence(self.esr, &finding.candidates, finding.participant.map(|p| p.name.as_str()));
        reason.or_else(|| finding.report.map(|found| format!("{} edition {}", found.report.id, found.report.edition)))
    }

    fn scope_line(&self) -> Provenance {
        let scope = &self.finding.scope;
        let mut line = line("scope", self.facts.scope.as_str(), "feature", self.esr.feature.clone());
        let best = self.finding.candidates.iter().find(|c| c.kind == super::decision::CandidateKind::Feature);
        let entry = scope.entry.map(|(id, _)| id).or_else(|| scope.limitation.map(|limitation| limitation.id.as_str()));
        line.score = entry.map(|_| 1.0).or_else(|| best.map(|candidate| candidate.score));
        line.entry = entry.map(str::to_owned).or_else(|| best.map(|candidate| candidate.id.clone()));
        line.note = scope
            .result
            .map(|result| format!("result {}", result.as_str()))
            .or_else(|| (!scope.measured).then(|| "there is no report or accreditation to measure it against".into()));
        line
    }

    fn analysis_note(&self) -> Option<String> {
        let case = self.esr.participant_case.as_ref()?;
        let conclusion = case.conclusion?;
        if case.number.is_none() {
            return Some("without a case number the conclusion does not count".into());
        }
        let shown = case.findings.is_some() || !case.traces.is_empty();
        (conclusion == crate::intake::esr::Conclusion::AleFaultShown && !shown)
            .then(|| "a fault claimed on ALE's side without findings or traces counts as inconclusive".into())
    }

    fn assistance_line(&self) -> Provenance {
        use crate::intake::esr::OwnCompany;
        let named = || self.esr.third_party.as_ref()?.company.clone();
        let (from, said, entry) = match &self.filed_by.own_company {
            OwnCompany::AsNamed => ("third_party.company", named(), self.finding.participant.map(|p| p.id.clone())),
            OwnCompany::Participant(id) => ("credential", Some(id.clone()), None),
            OwnCompany::None => ("credential", None, None),
        };
        let mut line = line("assistance", self.facts.assistance.as_str(), from, said);
        line.entry = entry;
        line.note = self.esr.assistance_topic.map(|topic| format!("topic {}", topic.as_str()));
        line
    }
}

fn line(fact: &'static str, value: &'static str, from: &'static str, said: Option<String>) -> Provenance {
    Provenance {
        fact: fact.into(),
        value: value.into(),
        from: Some(from.into()),
        said: said.filter(|said| said.contains(char::is_alphanumeric)),
        entry: None,
        score: None,
        note: None,
    }
}
