# Every sentence of letters, pages and connectors' texts, in English. fr.ftl has the same messages with the same variables;
# a test compares them. Variables are texts; where one may be unknown, $has_NAME is "yes" or "no".

# ------------------------------------------------------------------------------------------------------ the headline
# Looked for in this order, the first that stands here is taken: headline-NOTICE-SIDE-ROUTE-STAGE, headline-NOTICE-SIDE-ROUTE,
# headline-NOTICE-SIDE, place-ROUTE-STAGE, headline-other.

place-ale_support-open = ALE Support takes the case
place-ale_support-awaiting_access = ALE Support needs access to the system
place-participant_hotline-open = The hotline of { $company } takes the case
place-joint_investigation-participant_first = { $company } analyses this first
place-joint_investigation-participant_analysis = { $company } is analysing the case
place-joint_investigation-analysis_insufficient = The analysis does not show yet where the fault is
place-joint_investigation-ale_engaged = ALE and { $company } work on the case together
place-joint_investigation-awaiting_access = ALE is ready to join, but needs access to the system
place-on_demand_diagnostic-offer = Not covered by standard support: a diagnostic is offered
place-technical_assistance-open = Technical Assistance answers the question
place-returned-known_limitation = The certification report already answers this
place-returned-business_partner_required = A business partner has to file this eSR
place-returned-information_required = Some information is missing
place-returned-assistance_ticket_required = An assistance ticket is needed first
place-returned-professional_services = This is work for professional services
place-returned-community_forum = The developer forum can help
place-agent_review-coverage = An agent looks at the products and releases
place-agent_review-scope = An agent looks at the feature

headline-decided-business_partner-joint_investigation-participant_first = Please open a ticket at { $company }
headline-your_turn-business_partner-joint_investigation-participant_first = Please open a ticket at { $company }
headline-your_turn-business_partner-returned-information_required = Please send what is missing
headline-decided-business_partner-returned-information_required = Please send what is missing
headline-your_turn-business_partner = Your turn
headline-your_turn-business_partner-ale_support-awaiting_access = Please give ALE access to the system
headline-decided-business_partner-ale_support-awaiting_access = Please give ALE access to the system
headline-your_turn-business_partner-joint_investigation-awaiting_access = Please give ALE access to the system

headline-escalated-participant = A case for you
headline-escalated-participant-participant_hotline = A case for your hotline
headline-escalated-participant-joint_investigation = Please analyse this case first
headline-escalated-participant-joint_investigation-participant_first = You will get a ticket for this case
headline-escalated-participant-joint_investigation-ale_engaged = ALE works on this case with you
headline-escalated-participant-joint_investigation-awaiting_access = ALE is ready to join, but needs access to the system
headline-your_turn-participant = Your turn
headline-your_turn-participant-participant_hotline = The case waits for you
headline-your_turn-participant-joint_investigation-participant_first = Please analyse this case first
headline-your_turn-participant-joint_investigation-participant_analysis = Please send your conclusion
headline-your_turn-participant-joint_investigation-analysis_insufficient = Please send findings or traces
headline-for_information-participant-joint_investigation-participant_first = You will get a ticket for this case
headline-for_information-participant-joint_investigation-ale_engaged = ALE works on this case with you

headline-escalated-ale = A case for ALE
headline-escalated-ale-ale_support = A case for ALE Support
headline-escalated-ale-ale_support-awaiting_access = A case for ALE Support, once there is access
headline-escalated-ale-joint_investigation-ale_engaged = ALE joins the investigation
headline-escalated-ale-joint_investigation-awaiting_access = ALE joins the investigation, once there is access
headline-escalated-ale-technical_assistance = A question for Technical Assistance
headline-your_turn-ale = The case waits for ALE

headline-your_turn-agent = A case waits for an agent
headline-your_turn-agent-agent_review-coverage = Which products and releases are meant?
headline-your_turn-agent-agent_review-scope = Which feature is meant?

headline-offer-business_partner = Not covered by standard support: a diagnostic is offered
headline-offer-finance = A diagnostic was offered
headline-closed-business_partner = The case is closed
headline-closed-participant = The case is closed
headline-closed-ale = The case is closed
headline-closed-agent = The case is closed
headline-closed-finance = The case is closed
headline-other = News on the case

# ---------------------------------------------------------------------------------------------------- what happened

happened-filed = { $filer } filed this eSR on { $day }.
happened-filed-you = You filed this eSR on { $day }; it was decided at once.
happened-updated = There was news on { $day }.
happened-escalated = The case came to you on { $day }. { $filer } filed it.
happened-offered = { $filer } filed this eSR, and on { $day } a diagnostic was offered.
happened-offered-you = You filed this eSR, and on { $day } it was decided.
happened-closed = The case was closed on { $day }.
happened-news = There is news of { $day } on the case.

waits-open = The case is open.
waits-waiting_partner = The case now waits for { $filer }.
waits-waiting_participant = The case now waits for { $company }.
waits-waiting_ale = The case now waits for ALE.
waits-waiting_agent = The case now waits for an agent at the triage desk.
waits-waiting_payment = The case now waits for a payment.
waits-closed = Nothing more is to be done.

# ------------------------------------------------------------------------------------------------- titles and labels

title-happened = What happened
title-why = Why it came to you
title-why-filer = Why it goes there
title-ask = What we need from you
title-ask-none = What happens next
title-numbers = Case numbers
title-contact = Whom to turn to
title-answer = How to answer

label-customer = Customer
label-product = Product
label-platform = Platform
label-feature = Feature
label-since = Since
label-severity = Severity
label-clause = Clause
label-clauses = Clauses
label-report = Report
label-phone = Telephone
label-portal = Portal
label-email = Email
label-hours = Hours
label-candidates = Close to
label-missing = Missing
label-esr = eSR
label-none = none yet
colon = :
someone-participant = the participant
someone-filer = the filer
side-business_partner = { $name }
side-participant = { $name }
side-ale = ALE Support
side-agent = Triage desk
side-finance = Diagnostic desk
side-filer = { $name }
label-analysis = Analysis of { $company }

analysis-inconclusive = It is inconclusive.
analysis-ale_fault_shown = It shows a fault on ALE's side.
analysis-ale_help_requested = ALE's help is asked for.
analysis-participant_fault_found = The fault was found on the participant's side.

severity-1 = 1, production down
severity-2 = 2, partly down or intermittent
severity-3 = 3, impaired
severity-4 = 4, information
report-line = { $report }, edition { $edition }, published on { $published_on }, expires on { $expires_on }
report-line-undated = { $report }, edition { $edition }, published on { $published_on }

missing-platform-product = the ALE platform
missing-platform-release = the platform's release
missing-third_party-company = the third party's company
missing-third_party-solution = the third-party product
missing-third_party-release = the third-party product's release
missing-feature = the feature concerned

# ------------------------------------------------------------------------------------------------------- what to do

ask-look = The case waits for you. Please look at it and say how it goes on.
ask-reopen = If your issue is not solved, reply to this mail.
button = See the case
button-answer = Answer on the web
due = Answer by { $due }

answer-participant = Reply to this mail. At the top, on lines of their own, for example:
answer-participant-then = The line with the conclusion may be left out. Write your findings beneath, and attach traces.
answer-participant-meanings = The conclusion is one of:
answer-plain = Reply to this mail; what you write and attach goes to the case.
answer-case-word = Case
answer-conclusion-word = Conclusion

conclusion-inconclusive = inconclusive
conclusion-inconclusive-means = nothing could be shown
conclusion-ale_fault_shown = fault on ALE's side
conclusion-ale_fault_shown-means = your findings or traces show it
conclusion-ale_help_requested = ALE's help needed
conclusion-ale_help_requested-means = you cannot go on without ALE
conclusion-participant_fault_found = fault on our side
conclusion-participant_fault_found-told = fault found in its own product
conclusion-participant_fault_found-means = you found it in your product

footer-why = You get this mail because the case concerns { $you }.
footer-you-business_partner = you as the one who filed it
footer-you-participant = a product of { $company }
footer-you-ale = ALE Support
footer-you-agent = the triage desk
footer-you-finance = the diagnostic desk
footer-automatic = It was sent automatically. Replies are read and become part of the case.
footer-link = The link is for you alone and works until { $day }.
footer-id = Case id
test-mark = This is a test. No case exists and nothing has to be done.

# ------------------------------------------------------------------- a channel that was switched off, told to its owner

disabled-subject = Deliveries to { $endpoint } are switched off
disabled-headline = Deliveries to { $endpoint } are switched off
disabled-happened = Nothing that we sent to { $endpoint } arrived since { $since }, so we stopped trying.
disabled-happened-gone = { $endpoint } answered that it is gone, so nothing is sent there any more.
disabled-reason = What it last answered: { $reason }
disabled-ask = Repair it, then ask ALE's triage desk to switch it on again. What was not delivered is kept and can be sent again.
disabled-footer = You get this mail because you are the contact of this channel. It was sent automatically.

# -------------------------------------------------------------------------------- why: what the look-ups found (rules/facts.toml)

says-coverage-not_involved = No third-party product is involved.
says-coverage-valid = { $report }, edition { $edition }, covers { $solution } { $solution_release } on { $platform } { $platform_release }. It was published on { $published_on } and expires on { $expires_on }.
says-coverage-accredited = { $company } has no certification report for { $solution }, but is accredited{ $has_accreditations ->
   *[no] {""}
    [yes] {" "}on { $accreditations }
  } since { $granted_on }{ $has_expires_on ->
   *[no] {""}
    [yes] ; that expires on { $expires_on }
  }.
says-coverage-expired = { $report }, edition { $edition }, published on { $published_on }, covers { $solution } { $solution_release } on { $platform } { $platform_release }, but has not been valid since { $expires_on }.
says-coverage-obsolete = { $report }, edition { $edition }, published on { $published_on }, expiry { $expires_on }, covers { $solution } { $solution_release } on { $platform } { $platform_release }. But { $obsolete_product } { $obsolete_release } has been at its end of life since { $end_of_life_on }.
says-coverage-withdrawn = { $has_report ->
   *[no] { $withdrawal }.
    [yes] { $report }, edition { $edition }, published on { $published_on }, covers { $solution } { $solution_release } on { $platform } { $platform_release }, but { $withdrawal }.
  }
says-coverage-release_not_certified = { $solution } has certification reports, but none covers { $solution } { $solution_release } together with { $platform } { $platform_release }.{ $has_closest ->
   *[no] {""}
    [yes] {" "}The closest is { $closest }.
  }
says-coverage-no_report = { $company } is in the program, but has neither a certification report for { $solution } nor an accreditation{ $has_closest ->
   *[no] {""}
    [yes] {" "}(closest miss: { $closest })
  }.
says-coverage-not_a_participant = { $company } is not in the program{ $has_not_in_program ->
   *[no] {""}
    [yes] {" "}({ $not_in_program })
  }.
says-coverage-unresolved = { $unresolved }.
says-coverage-incomplete = { $incomplete }.
says-scope-in_scope = “{ $scope_name }” is within what was certified{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(test result: { $scope_result })
  }.{ $has_remark ->
   *[no] {""}
    [yes] {" "}Remark { $remark_id }: { $remark }
  }
says-scope-known_limitation = “{ $scope_name }” is a known limitation{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(test result: { $scope_result })
  }{ $has_limitation ->
   *[no] {""}
    [yes] , { $limitation_id }: { $limitation }
  }.
says-scope-out_of_scope = “{ $scope_name }” is outside what was certified{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(test result: { $scope_result })
  }.
says-scope-unclear = { $scope_unclear }

# ---------------------------------------------------------------------------- why: the outcome itself (rules/outcomes.toml)

because-ale-support = ALE Support takes the case under the standard process.
because-ale-support-awaiting-access = ALE Support takes the case under the standard process, but cannot begin: ALE has no access to the system.
because-ale-support-case-1 = The eSR states that the fault is wholly on ALE's side, so ALE Support takes the case.
because-ale-support-case-1-awaiting-access = The eSR states that the fault is wholly on ALE's side, so ALE Support takes the case, but it cannot begin: ALE has no access to the system.
because-participant-hotline = The eSR states that the fault is wholly on the side of { $company }, so the hotline there takes the case, by a ticket of its own.
because-participant-hotline-fault-found = { $company } itself found the fault on its side{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(its case { $case_number })
  }, so its hotline takes the case.
because-participant-first = Whose side the fault is on is not established, so the hotline of { $company } analyses it first. ALE joins once { $company } shows with findings or traces that the fault is on ALE's side, or itself asks for ALE.
because-participant-analysis = { $company } has the case{ $has_case_number ->
   *[no] {""}
    [yes] {" "}under number { $case_number }
  }, and its analysis has no conclusion yet. ALE joins once { $company } shows with findings or traces that the fault is on ALE's side, or itself asks for ALE.
because-analysis-insufficient = The analysis of { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(its case { $case_number })
  } does not show whose side the fault is on. Without findings or traces that show a fault on ALE's side, ALE does not join, and may close its case.
because-ale-engaged-fault-shown = The analysis of { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(its case { $case_number })
  } shows a fault on ALE's side, so ALE works on it together with { $company }.
because-ale-engaged-help-requested = { $company } itself asks for ALE's help{ $has_case_number ->
   *[no] {""}
    [yes] {" "}in its case { $case_number }
  }, so ALE works on it together with { $company }.
because-joint-awaiting-access = ALE is to join, because { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(its case { $case_number })
  } shows a fault on ALE's side or asks for ALE's help. But ALE cannot begin: it has no access to the system.
because-diagnostic-report-expired = Standard support ends with the report's validity. An On-Demand Diagnostic is offered instead: eight hours of assistance, started once payment is received.
because-diagnostic-release-obsolete = A report is obsolete once a release that the site runs is at its end of life. An On-Demand Diagnostic is offered instead of standard support: eight hours of assistance, started once payment is received.
because-diagnostic-certification-withdrawn = Without a certification in force there is no standard support. An On-Demand Diagnostic is offered instead: eight hours of assistance, started once payment is received.
because-diagnostic-release-not-certified = Only a report that covers both releases gives standard support. An On-Demand Diagnostic is offered instead: eight hours of assistance, started once payment is received.
because-diagnostic-no-report = Without a report or an accreditation there is no standard support. An On-Demand Diagnostic is offered instead: eight hours of assistance, started once payment is received.
because-diagnostic-not-a-participant = Products of companies outside the program have no standard support. An On-Demand Diagnostic is offered instead: eight hours of assistance, started once payment is received.
because-diagnostic-out-of-scope = Standard support covers only what was certified. For anything else an On-Demand Diagnostic is offered: eight hours of assistance, started once payment is received.
because-known-limitation = The report already answers this, so its own text is the answer and no case is opened.
because-business-partner-required = In production only a business partner can file an eSR: it deals with the end customer, and gives ALE access to the system.
because-information-required = Until that is known nobody can say whether the two products are certified together, and it is not guessed.
because-assistance-ticket-required = Technical Assistance needs an assistance ticket before the request, and there is none left.
because-professional-services = Technical Assistance covers interfaces, their behaviour and their limits. Writing or debugging your own source code is work for professional services, on quote.
because-community-forum = Technical Assistance is for companies in the program. The discussion forum is free and open to all.
because-technical-assistance = An assistance ticket is available, so Technical Assistance answers. Development requests come behind all production cases.
because-agent-looks-at-coverage = An agent settles it before anything else is decided, so that nobody is sent the wrong way, or asked to pay, by mistake.
because-agent-looks-at-scope = An agent settles whether the issue is about something that was certified.

# ------------------------------------------------------------------- what each side does now: do-OUTCOME-SIDE (rules/outcomes.toml)

do-ale-support-ale = Work on the case at severity { $severity }.
do-ale-support-business_partner = Keep the access to the system open and answer ALE Support's questions.
do-ale-support-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and reply to this mail once it is open.
do-ale-support-awaiting-access-ale = Begin as soon as access is given.
do-ale-support-case-1-ale = Work on the case at severity { $severity }.
do-ale-support-case-1-business_partner = Send ALE Support what shows that the fault is on ALE's side, and keep the access to the system open.
do-ale-support-case-1-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and reply to this mail once it is open.
do-ale-support-case-1-awaiting-access-ale = Begin as soon as access is given.
do-participant-hotline-business_partner = Open a ticket at the hotline of { $company } and reply to this mail with its number.
do-participant-hotline-participant = Work on the business partner's ticket.
do-participant-hotline-fault-found-participant = Repair the fault{ $has_case_number ->
   *[no] {""}
    [yes] {" "}under your case { $case_number }
  } and tell the business partner when to expect it.
do-participant-hotline-fault-found-business_partner = Follow this up{ $has_case_number ->
   *[no] {""}
    [yes] {" "}under case { $case_number }
  } at the hotline of { $company }.
do-participant-first-business_partner = Open a ticket at the hotline of { $company } and reply to this mail with its number.
do-participant-first-participant = Analyse the business partner's ticket. Then send us your case number and your conclusion, with findings and traces.
do-participant-analysis-participant = Conclude your analysis{ $has_case_number ->
   *[no] {""}
    [yes] {" "}of case { $case_number }
  } and send us the conclusion, with findings and traces.
do-participant-analysis-business_partner = Ask the hotline of { $company } how far its analysis{ $has_case_number ->
   *[no] {""}
    [yes] {" "}of case { $case_number }
  } is, and give it the traces it needs.
do-analysis-insufficient-participant = Send us findings or traces that show where the fault is, or ask for ALE's help{ $has_case_number ->
   *[no] {""}
    [yes] {" "}in case { $case_number }
  }.
do-analysis-insufficient-business_partner = Press the hotline of { $company } for a conclusion with findings or traces.
do-ale-engaged-fault-shown-ale = Check the findings and traces of { $company }, and work on the case at severity { $severity }.
do-ale-engaged-fault-shown-participant = Keep your case open{ $has_case_number ->
   *[no] {""}
    [yes] {" "}({ $case_number })
  } and answer ALE's questions.
do-ale-engaged-fault-shown-business_partner = Keep the access to the system open.
do-ale-engaged-help-requested-ale = Contact the hotline of { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}about its case { $case_number }
  }, and work on the case at severity { $severity }.
do-ale-engaged-help-requested-participant = Work on it with ALE: send what help you need and what you have found, as far as you have not yet, and keep your case open.
do-ale-engaged-help-requested-business_partner = Keep the access to the system open.
do-joint-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and reply to this mail once it is open.
do-joint-awaiting-access-participant = Keep your case open.
do-joint-awaiting-access-ale = Begin as soon as access is given.
do-diagnostic-report-expired-business_partner = Accept the diagnostic and pay for it. For later eSRs, ask { $company } to renew the certification.
do-diagnostic-report-expired-participant = Renew the certification of { $solution } on { $platform } to bring standard support back.
do-diagnostic-release-obsolete-business_partner = Accept the diagnostic and pay for it, or upgrade{ $has_obsolete_product ->
   *[no] {""}
    [yes] {" "}{ $obsolete_product } { $obsolete_release }
  } to a release that is certified and not at its end of life.
do-diagnostic-certification-withdrawn-business_partner = Accept the diagnostic and pay for it, or ask { $company } for a certification in force.
do-diagnostic-release-not-certified-business_partner = Accept the diagnostic and pay for it, or move the site to a pair of releases that is certified{ $has_closest ->
   *[no] {""}
    [yes] {" "}(closest: { $closest })
  }.
do-diagnostic-release-not-certified-participant = Have { $solution } { $solution_release } certified on { $platform } { $platform_release }, so that it has standard support.
do-diagnostic-no-report-business_partner = Accept the diagnostic and pay for it, or turn to the support of { $company }.
do-diagnostic-no-report-participant = Have { $solution } certified on { $platform }, so that it has standard support.
do-diagnostic-not-a-participant-business_partner = Accept the diagnostic and pay for it, or turn to the support of { $company }. If you know the company under another name, reply with that name and the eSR is decided again.
do-diagnostic-out-of-scope-business_partner = Accept the diagnostic and pay for it. If the issue is about a feature that was certified, reply with the name of that feature and the eSR is decided again.
do-known-limitation-business_partner = Read what { $report }, edition { $edition }, says about it{ $has_limitation_id ->
   *[no] {""}
    [yes] {" "}(limitation { $limitation_id })
  }. If your issue is another one, reply with the name of its feature, or say why you contest this decision.
do-business-partner-required-filer = Ask the business partner that looks after the site to file this eSR{ $has_case_number ->
   *[no] {""}
    [yes] {" "}and to give your case number { $case_number }
  }.
do-information-required-business_partner = Reply with what is missing, or send it as an update of this eSR; it is decided again at once.
do-assistance-ticket-required-filer = Buy an assistance ticket, singly or in a pack of three, then update this eSR; it is decided again at once.
do-professional-services-filer = Ask professional services for a quote.
do-community-forum-filer = Ask your question in the discussion forum, or join the program.
do-technical-assistance-ale = Answer the question and take one assistance ticket for it.
do-technical-assistance-filer = Have the interface's version and a trace of the exchange ready.
do-agent-looks-at-coverage-agent = Settle which products, companies and releases are meant, from the candidates where there are any, and correct the eSR; or override the route with your reason.
do-agent-looks-at-coverage-filer = If you see what is meant, correct the eSR; it is decided again at once.
do-agent-looks-at-scope-agent = Settle which feature the issue is about.
do-agent-looks-at-scope-business_partner = Name the feature as the report does; the eSR is decided again at once.

# ------------------------------------------------------------ parts of sentences that the program itself makes (src/triage)
# Here the English text is the pattern that is looked for, word for word.

part-left = { $company } left the program on { $day }
part-qualification-lapsed = the qualified status of { $company } was not renewed and ended on { $day }
part-report-withdrawn = the report was withdrawn on { $day }
part-joins = it joins on { $day }
part-closest-report = { $report } edition { $edition }, for release { $releases } on { $platform }
part-closest-refused = { $report } edition { $edition } of { $day } was refused
part-closest-postponed = { $report } edition { $edition } of { $day } was postponed
part-closest-accreditation = the accreditation on { $name } ended on { $day }
part-closest-accreditation-future = the accreditation on { $name } is not granted yet
part-company-near = The company "{ $name }" is not in the registry, but is close to { $meant }
part-company-ambiguous = The company "{ $name }" fits several entries equally well: { $meant }
part-company-unknown = The company "{ $name }" is not in the registry, but "{ $solution }" is a known product: { $meant }
part-no-company-no-solution = The third party's company and product are not given
part-no-company = "{ $solution }" is not a known product and its company is not given
part-no-solution = It is not said which product of { $company } is involved
part-solution-near = The product "{ $solution }" is not in the registry, but is close to { $meant }
part-solution-ambiguous = The product "{ $solution }" fits several entries: { $meant }
part-solution-of-another = "{ $solution }" is not a product of { $company }, but of another company: { $meant }
part-no-platform = It is not said which ALE platform is involved
part-platform-near = The platform "{ $name }" is not in the registry, but is close to { $meant }
part-platform-ambiguous = The platform "{ $name }" fits several entries: { $meant }
part-platform-unknown = The platform "{ $name }" is not in the registry
part-release-conflict = Release "{ $release }" and patch "{ $patch }" of the platform name different releases
part-releases-both-missing = The platform's release is not given, and the third-party product's release is not given
part-releases-platform-missing = The platform's release is not given
part-releases-product-missing = The third-party product's release is not given
part-releases-platform-missing-product-coarse = The platform's release is not given, and the third-party product's release "{ $release }" is less exact than the releases that were tested
part-releases-product-missing-platform-coarse = The third-party product's release is not given, and the platform's release "{ $release }" is less exact than the releases that were tested
part-releases-both-coarse = The platform's release "{ $release }" is less exact than the releases that were tested, and the third-party product's release "{ $other }" is less exact than the releases that were tested
part-releases-platform-coarse = The platform's release "{ $release }" is less exact than the releases that were tested
part-releases-product-coarse = The third-party product's release "{ $release }" is less exact than the releases that were tested
part-scope-no-feature = It is not said which feature is affected, so it cannot be measured against what was certified.
part-scope-near = "{ $feature }" is not a tested feature, but is close to { $meant }.
part-meant-and-others = { $meant } and others
part-result-ok = ok
part-result-ok-but = ok, with a remark
part-result-nok = not ok
part-result-not-tested = not tested
part-result-not-applicable = not applicable
part-unknown = (unknown)
part-override = { $agent } chose this route: { $reason }

# ------------------------------------------------------------------------- the operator's desks (rules/outcomes.toml)

desk-ale_support-name = ALE Support Center
desk-ale_support-hours = 24 hours a day, 7 days a week
desk-ale_support-process = Give the number of this eSR. For severity 1, telephone.
desk-diagnostic_desk-name = On-Demand Diagnostic desk
desk-diagnostic_desk-hours = Monday to Friday, 08:00 to 18:00 CET
desk-diagnostic_desk-process = Answer with the number of this eSR to receive a quote; work starts once payment is received.
desk-developer_desk-name = DSPP Technical Assistance
desk-developer_desk-hours = Monday to Friday, 08:00 to 18:00 CET
desk-developer_desk-process = Give the number of this eSR. Assistance tickets are bought in the portal.
desk-professional_services-name = ALE Professional Services
desk-professional_services-hours = Monday to Friday, 08:00 to 18:00 CET
desk-professional_services-process = Describe the work; you receive a quote.
desk-forum-name = Developer discussion forum
desk-forum-process = Free and open to all; no promise of an answer.
desk-triage_desk-name = Triage desk
desk-triage_desk-hours = Monday to Friday, 08:00 to 18:00 CET
desk-triage_desk-process = Answer with the number of this eSR.

# ------------------------------------------------------------------------------------------------------------- dates

date = { $day } { $month } { $year }
date-time = { $date }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
day-first = 1

# ------------------------------------------------------------------------------------------- the page that links lead to

page-answer = Your answer
page-case-number = Your case number
page-conclusion = Conclusion
page-conclusion-none = No conclusion yet
page-findings = Findings
page-findings-hint = What you tested, what you saw, and where the fault is.
page-send = Send
page-wrong-number = Give your case number, of at most 200 characters.
page-wrong-findings = The findings are too long: at most { $most } characters.
page-wrong-conclusion = To show a fault on ALE's side, write your findings or attach traces.
page-busy-title = This does not work just now
page-busy = This could not be stored just now. Please send it again.
page-expired-title = This link is no longer valid
page-expired = It worked until { $day }. Every newer mail on the case has a fresh link; you can also reply to any mail on the case, at any time.
page-unknown-title = This link is not valid
page-unknown = It may have been cut off. Open it from the mail again, or copy it whole. You can also reply to the mail, at any time.
page-not-yours = The case is not with you any longer. If you have something to say on it, reply to the mail.

# What a page says in place of a letter's "reply to this mail".
page-ask-reopen = If your issue is not solved, write to the triage desk, or reply to any mail on the case.
page-do-ale-support-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and say so below once it is open.
page-do-ale-support-case-1-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and say so below once it is open.
page-do-joint-awaiting-access-business_partner = Give ALE remote access to the system, with credentials, and say so below once it is open.
page-do-participant-hotline-business_partner = Open a ticket at the hotline of { $company } and give its number below.
page-do-participant-first-business_partner = Open a ticket at the hotline of { $company } and give its number below.
page-do-known-limitation-business_partner = Read what { $report }, edition { $edition }, says about it{ $has_limitation_id ->
   *[no] {""}
    [yes] {" "}(limitation { $limitation_id })
  }. If your issue is another one, give the name of its feature below, or say why you contest this decision.
page-do-diagnostic-not-a-participant-business_partner = Accept the diagnostic and pay for it, or turn to the support of { $company }. If you know the company under another name, give that name below and the eSR is decided again.
page-do-diagnostic-out-of-scope-business_partner = Accept the diagnostic and pay for it. If the issue is about a feature that was certified, give the name of that feature below and the eSR is decided again.
page-do-information-required-business_partner = Fill in what is missing below; the eSR is decided again at once.

page-skip = Skip to the page
page-language = Language
page-jump = Answer below
page-essentials = The case
page-answer-known = This is what the case says so far. Change what is different now, and send it again.
page-conclusion-hint = Choose what your analysis came to; you can change it later.
page-conclusion-none-then = The number alone tells everybody that you work on it; the case stays with you.
page-conclusion-inconclusive-then = The case stays with you until findings or traces show where the fault is.
page-conclusion-ale_fault_shown-then = ALE joins at once and works on it with you. Write your findings, or attach traces.
page-conclusion-ale_help_requested-then = ALE joins at once. Say what help you need in the findings.
page-conclusion-participant_fault_found = fault on your side
page-conclusion-participant_fault_found-then = The case goes to your hotline for the repair.
page-optional = optional
page-files-title = Traces and documents
page-files-add = Add traces or documents
page-files-hint = Traces, logs, pictures, archives and documents, of up to { $most } each. They become part of the case.
page-files-drop = Each is sent as soon as it is chosen; you can also drop them here.
page-files-send = Add files
page-files-none = Nothing is attached yet.
page-files-added = Added to the case: { $names }.
page-file-by = { $who }, { $day }
page-file-sending = on its way
page-file-done = part of the case
page-file-cancel = Cancel
page-file-cancelled = cancelled
page-file-again = Try again
page-file-lost = The connection broke. What was sent of it is not kept.
page-file-wait = Wait for the files, or cancel them, before you send.
page-file-kind = { $name } is not of a kind that is taken here. Send a trace, a log, a picture, a document or an archive.
page-file-program = { $name } is a program or script, which is not taken. Put its output into a text file.
page-file-large = { $name } is larger than { $most }, the most that is taken here. Compress it, or send it in parts.
page-file-many = { $name } was not taken: the case has as many files as it may have. Put several into one archive.
page-file-cut = { $name } did not arrive whole. Send it again.
page-file-name = A file has no usable name. Rename it and send it again.
page-file-room = { $name } could not be stored: there is no room. Reply to the mail, and say so.
page-file-failed = { $name } could not be stored just now. Send it again.
page-file-much = This is more than is taken at once. Send fewer files at a time.
page-contest = This is not ours
page-contest-filer = I do not agree with this decision
page-contest-hint = Say why. An agent at ALE's triage desk looks at it; until then the case stays as it is.
page-contest-reason = Why
page-contest-send = Send the objection
page-contest-waits = The route was contested. An agent at ALE's triage desk looks at it; until then the case stays as it is.
page-update-asked = Your answer
page-update-more = Correct products, releases or the feature
page-update-send = Send
page-update-near = Did you mean
page-update-number = Ticket number at { $company }
page-update-access = Does ALE have access to the system?
page-update-yes = Yes
page-update-no = No, not yet
page-update-nothing = Fill in at least one field, or change one.
page-field-platform-product = ALE platform
page-field-platform-release = Release of the platform
page-field-platform-patch = Patch or build of the platform
page-field-third_party-company = Third party's company
page-field-third_party-solution = Third-party product
page-field-third_party-release = Release of the third-party product
page-field-feature = Feature concerned
page-thanks-answer = Thank you. Your answer is part of the case.
page-thanks-files = Thank you. Your files are part of the case.
page-thanks-contest = Thank you. An agent at ALE's triage desk looks at what you said.
page-thanks-update = Thank you. The case was decided again.
page-thanks-same = The case says this already; nothing else was changed.
page-errors = Something is not right yet. What you typed is kept.
page-wrong-reason = Say why, in at most { $most } characters.
page-not-now = This cannot be done any more: the case has moved on. Below is how it stands.
page-many-title = Too many requests
page-many = This link was used very often just now. Wait a minute, then try again.
page-revoked-title = This link was taken back
page-revoked = It does not open the case any longer. Ask for a new letter, or take the link from a newer mail on the case.
page-write-to = Write to { $address } if you need a new link or have something to say; your mail becomes part of the case.
page-write-desk = Write to { $address } if you need help.
page-happened = What happened
page-by-link = by the link
line-filed = { $who } filed the eSR.
line-decided = Decided: { $place }.
line-number = { $who } gave the case number { $number }.
line-conclusion = { $who } sent a conclusion: { $conclusion }.
line-findings = { $who } sent findings.
line-taken-back = { $who } took the conclusion back.
line-access = { $who } gave ALE access to the system.
line-no-access = { $who } says that ALE has no access to the system.
line-products = { $who } changed products, releases or the feature.
line-updated = { $who } updated the eSR.
line-overridden = ALE's triage desk chose another route.
line-contested = { $who } contested the route.
line-file = { $who } added { $name }.
line-heard = There was news from { $who }.
line-closed = { $who } closed its ticket.
line-version = A file shows another release of the platform than the eSR states.
who-you = You
who-ale = ALE
who-participant = The participant
page-now = How it stands now
page-answered = What the case says of your analysis
page-changed = The case has moved on.
page-changed-show = Show how it stands now
page-diagnostic-title = What a diagnostic is
page-diagnostic = ALE's experts look into the issue at the site and say where the fault is, outside of standard support. It is paid for, and work starts once payment is received.
page-diagnostic-price = The price is on request: turn to the diagnostic desk with the number of this eSR.
