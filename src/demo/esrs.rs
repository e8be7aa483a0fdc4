//! The eSRs that the demo files, among the fixtures: the first ones show the most, about one company.

macro_rules! samples {
    ($($name:literal),+ $(,)?) => { &[$(include_str!(concat!("../../fixtures/esrs/", $name, ".json"))),+] };
}

/// In the order of filing.
pub(super) const ALL: &[&str] = samples![
    "contract_example_participant_first",
    "case_1_ale_side",
    "case_2_participant_side",
    "company_two_letters_swapped",
    "expired_two_years_ago",
    "feature_missing",
    "development_ticket_available",
    "no_third_party",
    "two_reports_one_expired",
    "solution_release_coarse",
    "feature_known_limitation_by_scope_nok",
    "case_number_without_conclusion",
    "production_filed_by_participant",
    "case_1_awaiting_access",
    "company_unknown",
    "rainbow_accredited_in_scope",
    "network_8_9_covers_its_builds",
    "company_full_width_letters",
    "ale_fault_shown_with_traces_only",
    "withdrawn_before_obsolete",
    "development_source_code",
    "solution_same_name_company_decides",
    "patch_names_the_release",
    "feature_not_tested",
    "company_in_its_own_script",
    "analysis_inconclusive",
    "narrowest_release_is_end_of_life",
    "patch_against_release",
    "ale_help_requested_by_participant",
    "opentouch_written_bare",
    "member_without_any_report",
    "participant_found_its_own_fault",
];
