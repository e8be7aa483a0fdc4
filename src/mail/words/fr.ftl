# Toutes les phrases des lettres, des pages et des textes des connecteurs, en français : les mêmes messages que dans en.ftl, avec les
# mêmes variables ; un test les compare.

# ------------------------------------------------------------------------------------------------------------ le titre

place-ale_support-open = Le support ALE prend le dossier en charge
place-ale_support-awaiting_access = Le support ALE attend un accès au système
place-participant_hotline-open = La hotline de { $company } prend le dossier en charge
place-joint_investigation-participant_first = { $company } analyse en premier
place-joint_investigation-participant_analysis = { $company } analyse le dossier
place-joint_investigation-analysis_insufficient = L’analyse ne montre pas encore où est le défaut
place-joint_investigation-ale_engaged = ALE et { $company } traitent le dossier ensemble
place-joint_investigation-awaiting_access = ALE est prêt à intervenir, mais attend un accès au système
place-on_demand_diagnostic-offer = Hors du support standard : un diagnostic est proposé
place-technical_assistance-open = L’assistance technique répond à la question
place-returned-known_limitation = Le rapport de certification répond déjà à la question
place-returned-business_partner_required = Cet eSR doit être ouvert par un Business Partner
place-returned-information_required = Il manque des informations
place-returned-assistance_ticket_required = Il faut d’abord un ticket d’assistance
place-returned-professional_services = Cette demande relève des services professionnels
place-returned-community_forum = Le forum des développeurs peut vous aider
place-agent_review-coverage = Un agent examine les produits et les versions
place-agent_review-scope = Un agent examine la fonction concernée

headline-decided-business_partner-joint_investigation-participant_first = Ouvrez un ticket chez { $company }
headline-your_turn-business_partner-joint_investigation-participant_first = Ouvrez un ticket chez { $company }
headline-your_turn-business_partner-returned-information_required = Merci d’envoyer ce qui manque
headline-decided-business_partner-returned-information_required = Merci d’envoyer ce qui manque
headline-your_turn-business_partner = C’est à vous
headline-your_turn-business_partner-ale_support-awaiting_access = Merci de donner à ALE accès au système
headline-decided-business_partner-ale_support-awaiting_access = Merci de donner à ALE accès au système
headline-your_turn-business_partner-joint_investigation-awaiting_access = Merci de donner à ALE accès au système

headline-escalated-participant = Un dossier pour vous
headline-escalated-participant-participant_hotline = Un dossier pour votre hotline
headline-escalated-participant-joint_investigation = Merci d’analyser ce dossier en premier
headline-escalated-participant-joint_investigation-participant_first = Vous allez recevoir un ticket pour ce dossier
headline-escalated-participant-joint_investigation-ale_engaged = ALE traite ce dossier avec vous
headline-escalated-participant-joint_investigation-awaiting_access = ALE est prêt à intervenir, mais attend un accès au système
headline-your_turn-participant = C’est à vous
headline-your_turn-participant-participant_hotline = Le dossier vous attend
headline-your_turn-participant-joint_investigation-participant_first = Merci d’analyser ce dossier en premier
headline-your_turn-participant-joint_investigation-participant_analysis = Merci d’envoyer votre conclusion
headline-your_turn-participant-joint_investigation-analysis_insufficient = Merci d’envoyer des constats ou des traces
headline-for_information-participant-joint_investigation-participant_first = Vous allez recevoir un ticket pour ce dossier
headline-for_information-participant-joint_investigation-ale_engaged = ALE traite ce dossier avec vous

headline-escalated-ale = Un dossier pour ALE
headline-escalated-ale-ale_support = Un dossier pour le support ALE
headline-escalated-ale-ale_support-awaiting_access = Un dossier pour le support ALE, dès que l’accès est ouvert
headline-escalated-ale-joint_investigation-ale_engaged = ALE rejoint l’analyse
headline-escalated-ale-joint_investigation-awaiting_access = ALE rejoint l’analyse, dès que l’accès est ouvert
headline-escalated-ale-technical_assistance = Une question pour l’assistance technique
headline-your_turn-ale = Le dossier attend ALE

headline-your_turn-agent = Un dossier attend un agent
headline-your_turn-agent-agent_review-coverage = De quels produits et de quelles versions s’agit-il ?
headline-your_turn-agent-agent_review-scope = De quelle fonction s’agit-il ?

headline-offer-business_partner = Hors du support standard : un diagnostic est proposé
headline-offer-finance = Un diagnostic a été proposé
headline-closed-business_partner = Le dossier est clos
headline-closed-participant = Le dossier est clos
headline-closed-ale = Le dossier est clos
headline-closed-agent = Le dossier est clos
headline-closed-finance = Le dossier est clos
headline-other = Du nouveau dans le dossier

# -------------------------------------------------------------------------------------------------- ce qui s'est passé

happened-filed = { $filer } a ouvert cet eSR le { $day }.
happened-filed-you = Vous avez ouvert cet eSR le { $day } ; il a été orienté aussitôt.
happened-updated = Il y a eu du nouveau le { $day }.
happened-escalated = Le dossier vous est parvenu le { $day }. { $filer } l’a ouvert.
happened-offered = { $filer } a ouvert cet eSR, et un diagnostic a été proposé le { $day }.
happened-offered-you = Vous avez ouvert cet eSR, et il a été orienté le { $day }.
happened-closed = Le dossier a été clos le { $day }.
happened-news = Il y a du nouveau dans le dossier depuis le { $day }.

waits-open = Le dossier est ouvert.
waits-waiting_partner = Le dossier attend maintenant { $filer }.
waits-waiting_participant = Le dossier attend maintenant { $company }.
waits-waiting_ale = Le dossier attend maintenant ALE.
waits-waiting_agent = Le dossier attend maintenant un agent du bureau d’orientation.
waits-waiting_payment = Le dossier attend maintenant un paiement.
waits-closed = Il n’y a plus rien à faire.

# ------------------------------------------------------------------------------------------------- titres et étiquettes

title-happened = Ce qui s’est passé
title-why = Pourquoi le dossier vous parvient
title-why-filer = Pourquoi cette orientation
title-ask = Ce que nous vous demandons
title-ask-none = La suite
title-numbers = Numéros de dossier
title-contact = À qui s’adresser
title-answer = Comment répondre

label-customer = Client
label-product = Produit
label-platform = Plateforme
label-feature = Fonction
label-since = Depuis
label-severity = Gravité
label-clause = Clause
label-clauses = Clauses
label-report = Rapport
label-phone = Téléphone
label-portal = Portail
label-email = E-mail
label-hours = Horaires
label-candidates = Proche de
label-missing = Il manque
label-esr = eSR
label-none = pas encore
colon = {" "}:
someone-participant = le participant
someone-filer = le demandeur
side-business_partner = { $name }
side-participant = { $name }
side-ale = Support ALE
side-agent = Bureau d’orientation
side-finance = Bureau des diagnostics
side-filer = { $name }
label-analysis = Analyse de { $company }

analysis-inconclusive = Elle n’est pas concluante.
analysis-ale_fault_shown = Elle montre un défaut du côté d’ALE.
analysis-ale_help_requested = L’aide d’ALE est demandée.
analysis-participant_fault_found = Le défaut a été trouvé du côté du participant.

severity-1 = 1, production à l’arrêt
severity-2 = 2, arrêt partiel ou intermittent
severity-3 = 3, fonctionnement dégradé
severity-4 = 4, information
report-line = { $report }, édition { $edition }, publié le { $published_on }, expire le { $expires_on }
report-line-undated = { $report }, édition { $edition }, publié le { $published_on }

missing-platform-product = la plateforme ALE
missing-platform-release = la version de la plateforme
missing-third_party-company = la société tierce
missing-third_party-solution = le produit tiers
missing-third_party-release = la version du produit tiers
missing-feature = la fonction concernée

# -------------------------------------------------------------------------------------------------------- ce qui est à faire

ask-look = Le dossier vous attend. Merci de l’examiner et de dire quelle suite lui donner.
ask-reopen = Si votre problème n’est pas résolu, répondez à ce mail.
button = Voir le dossier
button-answer = Répondre en ligne
due = Répondre avant le { $due }

answer-participant = Répondez à ce mail. Au début, chacun sur sa ligne, par exemple :
answer-participant-then = La ligne de la conclusion peut manquer. Écrivez vos constats en dessous et joignez vos traces.
answer-participant-meanings = La conclusion est l’une de celles-ci :
answer-plain = Répondez à ce mail ; ce que vous écrivez et joignez est versé au dossier.
answer-case-word = Dossier
answer-conclusion-word = Conclusion

conclusion-inconclusive = analyse non concluante
conclusion-inconclusive-means = rien n’a pu être montré
conclusion-ale_fault_shown = défaut côté ALE
conclusion-ale_fault_shown-means = vos constats ou vos traces le montrent
conclusion-ale_help_requested = aide d’ALE demandée
conclusion-ale_help_requested-means = vous ne pouvez pas avancer sans ALE
conclusion-participant_fault_found = défaut de notre côté
conclusion-participant_fault_found-told = défaut trouvé dans son propre produit
conclusion-participant_fault_found-means = vous l’avez trouvé dans votre produit

footer-why = Vous recevez ce mail parce que le dossier concerne { $you }.
footer-you-business_partner = une demande que vous avez ouverte
footer-you-participant = un produit de { $company }
footer-you-ale = le support ALE
footer-you-agent = le bureau d’orientation
footer-you-finance = le bureau des diagnostics
footer-automatic = Il a été envoyé automatiquement. Les réponses sont lues et versées au dossier.
footer-link = Le lien est pour vous seul et fonctionne jusqu’au { $day }.
footer-id = Identifiant du dossier
test-mark = Ceci est un essai. Aucun dossier n’existe et il n’y a rien à faire.

# --------------------------------------------------------------------------- un canal a été coupé : ce que lit son responsable

disabled-subject = Les envois vers { $endpoint } sont coupés
disabled-headline = Les envois vers { $endpoint } sont coupés
disabled-happened = Rien de ce que nous avons envoyé vers { $endpoint } n’est arrivé depuis le { $since } ; nous avons donc cessé d’essayer.
disabled-happened-gone = { $endpoint } a répondu qu’il n’existe plus ; rien n’y est donc plus envoyé.
disabled-reason = Sa dernière réponse : { $reason }
disabled-ask = Réparez-le, puis demandez au bureau d’orientation d’ALE de le rétablir. Ce qui n’a pas été remis est conservé et peut être renvoyé.
disabled-footer = Vous recevez ce mail parce que vous êtes le contact de ce canal. Il a été envoyé automatiquement.

# ------------------------------------------------------------------- pourquoi : ce que les recherches ont trouvé (rules/facts.toml)

says-coverage-not_involved = Aucun produit tiers n’est concerné.
says-coverage-valid = { $report }, édition { $edition }, couvre { $solution } { $solution_release } sur { $platform } { $platform_release }. Ce rapport a été publié le { $published_on } et expire le { $expires_on }.
says-coverage-accredited = { $company } n’a pas de rapport de certification pour { $solution }, mais est accréditée{ $has_accreditations ->
   *[no] {""}
    [yes] {" "}pour { $accreditations }
  } depuis le { $granted_on }{ $has_expires_on ->
   *[no] {""}
    [yes] {" "}; cela expire le { $expires_on }
  }.
says-coverage-expired = { $report }, édition { $edition }, publié le { $published_on }, couvre { $solution } { $solution_release } sur { $platform } { $platform_release }, mais n’est plus valable depuis le { $expires_on }.
says-coverage-obsolete = { $report }, édition { $edition }, publié le { $published_on }, échéance le { $expires_on }, couvre { $solution } { $solution_release } sur { $platform } { $platform_release }. Mais { $obsolete_product } { $obsolete_release } est en fin de vie depuis le { $end_of_life_on }.
says-coverage-withdrawn = { $has_report ->
   *[no] Il n’y a plus de certification : { $withdrawal }.
    [yes] { $report }, édition { $edition }, publié le { $published_on }, couvre { $solution } { $solution_release } sur { $platform } { $platform_release }, mais { $withdrawal }.
  }
says-coverage-release_not_certified = { $solution } a des rapports de certification, mais aucun ne couvre { $solution } { $solution_release } avec { $platform } { $platform_release }.{ $has_closest ->
   *[no] {""}
    [yes] {" "}Le plus proche est { $closest }.
  }
says-coverage-no_report = { $company } fait partie du programme, mais n’a ni rapport de certification pour { $solution }, ni accréditation{ $has_closest ->
   *[no] {""}
    [yes] {" "}(au plus proche : { $closest })
  }.
says-coverage-not_a_participant = { $company } ne fait pas partie du programme{ $has_not_in_program ->
   *[no] {""}
    [yes] {" "}({ $not_in_program })
  }.
says-coverage-unresolved = { $unresolved }.
says-coverage-incomplete = { $incomplete }.
says-scope-in_scope = « { $scope_name } » fait partie de ce qui a été certifié{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(résultat du test : { $scope_result })
  }.{ $has_remark ->
   *[no] {""}
    [yes] {" "}Remarque { $remark_id } : { $remark }
  }
says-scope-known_limitation = « { $scope_name } » est une limitation connue{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(résultat du test : { $scope_result })
  }{ $has_limitation ->
   *[no] {""}
    [yes] , { $limitation_id } : { $limitation }
  }.
says-scope-out_of_scope = « { $scope_name } » ne fait pas partie de ce qui a été certifié{ $has_scope_result ->
   *[no] {""}
    [yes] {" "}(résultat du test : { $scope_result })
  }.
says-scope-unclear = { $scope_unclear }

# ------------------------------------------------------------------------------ pourquoi : l'orientation même (rules/outcomes.toml)

because-ale-support = Le support ALE prend le dossier en charge selon la procédure standard.
because-ale-support-awaiting-access = Le support ALE prend le dossier en charge selon la procédure standard, mais ne peut pas commencer : ALE n’a pas accès au système.
because-ale-support-case-1 = L’eSR indique que le défaut est entièrement du côté d’ALE ; le support ALE prend donc le dossier en charge.
because-ale-support-case-1-awaiting-access = L’eSR indique que le défaut est entièrement du côté d’ALE ; le support ALE prend donc le dossier en charge, mais ne peut pas commencer : ALE n’a pas accès au système.
because-participant-hotline = L’eSR indique que le défaut est entièrement du côté de { $company } ; sa hotline prend donc le dossier en charge, par un ticket chez elle.
because-participant-hotline-fault-found = { $company } a trouvé le défaut de son côté{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(son dossier { $case_number })
  } ; sa hotline prend donc le dossier en charge.
because-participant-first = Il n’est pas établi de quel côté est le défaut ; la hotline de { $company } analyse donc en premier. ALE intervient quand { $company } montre, par des constats ou des traces, que le défaut est du côté d’ALE, ou demande elle-même l’aide d’ALE.
because-participant-analysis = { $company } a le dossier{ $has_case_number ->
   *[no] {""}
    [yes] {" "}sous le numéro { $case_number }
  }, et son analyse n’a pas encore de conclusion. ALE intervient quand { $company } montre, par des constats ou des traces, que le défaut est du côté d’ALE, ou demande elle-même l’aide d’ALE.
because-analysis-insufficient = L’analyse de { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(son dossier { $case_number })
  } ne montre pas de quel côté est le défaut. Sans constats ou traces qui montrent un défaut du côté d’ALE, ALE n’intervient pas et peut clore son dossier.
because-ale-engaged-fault-shown = L’analyse de { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(son dossier { $case_number })
  } montre un défaut du côté d’ALE ; ALE y travaille donc avec { $company }.
because-ale-engaged-help-requested = { $company } demande elle-même l’aide d’ALE{ $has_case_number ->
   *[no] {""}
    [yes] {" "}dans son dossier { $case_number }
  } ; ALE y travaille donc avec { $company }.
because-joint-awaiting-access = ALE doit intervenir, car { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}(son dossier { $case_number })
  } montre un défaut du côté d’ALE ou demande l’aide d’ALE. Mais ALE ne peut pas commencer : il n’y a pas d’accès au système.
because-diagnostic-report-expired = Le support standard prend fin avec la validité du rapport. Un diagnostic à la demande est proposé à la place : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-release-obsolete = Un rapport est obsolète dès qu’une version installée sur le site est en fin de vie. Un diagnostic à la demande est proposé à la place du support standard : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-certification-withdrawn = Sans certification en vigueur, il n’y a pas de support standard. Un diagnostic à la demande est proposé à la place : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-release-not-certified = Seul un rapport qui couvre les deux versions donne droit au support standard. Un diagnostic à la demande est proposé à la place : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-no-report = Sans rapport ni accréditation, il n’y a pas de support standard. Un diagnostic à la demande est proposé à la place : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-not-a-participant = Les produits de sociétés hors du programme n’ont pas de support standard. Un diagnostic à la demande est proposé à la place : huit heures d’assistance, qui commencent à réception du paiement.
because-diagnostic-out-of-scope = Le support standard ne couvre que ce qui a été certifié. Pour le reste, un diagnostic à la demande est proposé : huit heures d’assistance, qui commencent à réception du paiement.
because-known-limitation = Le rapport répond déjà à la question ; son texte est donc la réponse et aucun dossier n’est ouvert.
because-business-partner-required = En production, seul un Business Partner peut ouvrir un eSR : c’est lui qui est en relation avec le client final et qui donne à ALE accès au système.
because-information-required = Tant que cela n’est pas connu, personne ne peut dire si les deux produits sont certifiés ensemble, et rien n’est deviné.
because-assistance-ticket-required = L’assistance technique demande un ticket d’assistance acquis au préalable, et il n’en reste aucun.
because-professional-services = L’assistance technique porte sur les interfaces, leur comportement et leurs limites. Écrire ou déboguer votre propre code source relève des services professionnels, sur devis.
because-community-forum = L’assistance technique est réservée aux sociétés du programme. Le forum de discussion est gratuit et ouvert à tous.
because-technical-assistance = Un ticket d’assistance est disponible ; l’assistance technique répond donc. Les demandes de développement passent après tous les dossiers de production.
because-agent-looks-at-coverage = Un agent tranche avant toute autre décision, pour que personne ne soit mal orienté, ni invité à payer, par erreur.
because-agent-looks-at-scope = Un agent détermine si le problème porte sur ce qui a été certifié.

# --------------------------------------------------------------------- ce que chacun fait maintenant (rules/outcomes.toml)

do-ale-support-ale = Traiter le dossier en gravité { $severity }.
do-ale-support-business_partner = Gardez l’accès au système ouvert et répondez aux questions du support ALE.
do-ale-support-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et répondez à ce mail dès qu’il est ouvert.
do-ale-support-awaiting-access-ale = Commencer dès que l’accès est donné.
do-ale-support-case-1-ale = Traiter le dossier en gravité { $severity }.
do-ale-support-case-1-business_partner = Envoyez au support ALE ce qui montre que le défaut est du côté d’ALE, et gardez l’accès au système ouvert.
do-ale-support-case-1-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et répondez à ce mail dès qu’il est ouvert.
do-ale-support-case-1-awaiting-access-ale = Commencer dès que l’accès est donné.
do-participant-hotline-business_partner = Ouvrez un ticket à la hotline de { $company } et répondez à ce mail en donnant son numéro.
do-participant-hotline-participant = Traitez le ticket du Business Partner.
do-participant-hotline-fault-found-participant = Corrigez le défaut{ $has_case_number ->
   *[no] {""}
    [yes] {" "}dans votre dossier { $case_number }
  } et dites au Business Partner pour quand l’attendre.
do-participant-hotline-fault-found-business_partner = Suivez la suite{ $has_case_number ->
   *[no] {""}
    [yes] {" "}sous le numéro { $case_number }
  } à la hotline de { $company }.
do-participant-first-business_partner = Ouvrez un ticket à la hotline de { $company } et répondez à ce mail en donnant son numéro.
do-participant-first-participant = Analysez le ticket du Business Partner. Envoyez-nous ensuite votre numéro de dossier et votre conclusion, avec constats et traces.
do-participant-analysis-participant = Menez votre analyse{ $has_case_number ->
   *[no] {""}
    [yes] {" "}du dossier { $case_number }
  } à son terme et envoyez-nous la conclusion, avec constats et traces.
do-participant-analysis-business_partner = Demandez à la hotline de { $company } où en est son analyse{ $has_case_number ->
   *[no] {""}
    [yes] {" "}du dossier { $case_number }
  }, et donnez-lui les traces dont elle a besoin.
do-analysis-insufficient-participant = Envoyez-nous des constats ou des traces qui montrent où est le défaut, ou demandez l’aide d’ALE{ $has_case_number ->
   *[no] {""}
    [yes] {" "}dans le dossier { $case_number }
  }.
do-analysis-insufficient-business_partner = Pressez la hotline de { $company } de conclure, avec des constats ou des traces.
do-ale-engaged-fault-shown-ale = Vérifier les constats et les traces de { $company }, et traiter le dossier en gravité { $severity }.
do-ale-engaged-fault-shown-participant = Gardez votre dossier ouvert{ $has_case_number ->
   *[no] {""}
    [yes] {" "}({ $case_number })
  } et répondez aux questions d’ALE.
do-ale-engaged-fault-shown-business_partner = Gardez l’accès au système ouvert.
do-ale-engaged-help-requested-ale = Contacter la hotline de { $company }{ $has_case_number ->
   *[no] {""}
    [yes] {" "}au sujet de son dossier { $case_number }
  }, et traiter le dossier en gravité { $severity }.
do-ale-engaged-help-requested-participant = Travaillez-y avec ALE : envoyez l’aide qu’il vous faut et ce que vous avez trouvé, si ce n’est pas déjà fait, et gardez votre dossier ouvert.
do-ale-engaged-help-requested-business_partner = Gardez l’accès au système ouvert.
do-joint-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et répondez à ce mail dès qu’il est ouvert.
do-joint-awaiting-access-participant = Gardez votre dossier ouvert.
do-joint-awaiting-access-ale = Commencer dès que l’accès est donné.
do-diagnostic-report-expired-business_partner = Acceptez le diagnostic et réglez-le. Pour les eSR à venir, demandez à { $company } de renouveler la certification.
do-diagnostic-report-expired-participant = Renouvelez la certification de { $solution } sur { $platform } pour rétablir le support standard.
do-diagnostic-release-obsolete-business_partner = Acceptez le diagnostic et réglez-le, ou passez{ $has_obsolete_product ->
   *[no] {""}
    [yes] {" "}de { $obsolete_product } { $obsolete_release }
  } à une version certifiée qui n’est pas en fin de vie.
do-diagnostic-certification-withdrawn-business_partner = Acceptez le diagnostic et réglez-le, ou demandez à { $company } une certification en vigueur.
do-diagnostic-release-not-certified-business_partner = Acceptez le diagnostic et réglez-le, ou passez le site à un couple de versions certifié{ $has_closest ->
   *[no] {""}
    [yes] {" "}(le plus proche : { $closest })
  }.
do-diagnostic-release-not-certified-participant = Faites certifier { $solution } { $solution_release } sur { $platform } { $platform_release }, pour que le support standard s’applique.
do-diagnostic-no-report-business_partner = Acceptez le diagnostic et réglez-le, ou adressez-vous au support de { $company }.
do-diagnostic-no-report-participant = Faites certifier { $solution } sur { $platform }, pour que le support standard s’applique.
do-diagnostic-not-a-participant-business_partner = Acceptez le diagnostic et réglez-le, ou adressez-vous au support de { $company }. Si vous connaissez la société sous un autre nom, répondez en donnant ce nom et l’eSR est réorienté.
do-diagnostic-out-of-scope-business_partner = Acceptez le diagnostic et réglez-le. Si le problème porte sur une fonction certifiée, répondez en donnant le nom de cette fonction et l’eSR est réorienté.
do-known-limitation-business_partner = Lisez ce qu’en dit { $report }, édition { $edition }{ $has_limitation_id ->
   *[no] {""}
    [yes] {" "}(limitation { $limitation_id })
  }. Si votre problème est un autre, répondez en donnant le nom de la fonction, ou dites pourquoi vous contestez cette décision.
do-business-partner-required-filer = Demandez au Business Partner qui suit le site d’ouvrir cet eSR{ $has_case_number ->
   *[no] {""}
    [yes] {" "}en donnant votre numéro de dossier { $case_number }
  }.
do-information-required-business_partner = Répondez en donnant ce qui manque, ou mettez l’eSR à jour ; il est réorienté aussitôt.
do-assistance-ticket-required-filer = Achetez un ticket d’assistance, à l’unité ou par trois, puis mettez cet eSR à jour ; il est réorienté aussitôt.
do-professional-services-filer = Demandez un devis aux services professionnels.
do-community-forum-filer = Posez votre question sur le forum de discussion, ou rejoignez le programme.
do-technical-assistance-ale = Répondre à la question et décompter un ticket d’assistance.
do-technical-assistance-filer = Préparez la version de l’interface et une trace de l’échange.
do-agent-looks-at-coverage-agent = Déterminer quels produits, sociétés et versions sont visés, parmi les candidats s’il y en a, et corriger l’eSR ; ou choisir une autre orientation en donnant la raison.
do-agent-looks-at-coverage-filer = Si vous voyez ce qui est visé, corrigez l’eSR ; il est réorienté aussitôt.
do-agent-looks-at-scope-agent = Déterminer sur quelle fonction porte le problème.
do-agent-looks-at-scope-business_partner = Nommez la fonction comme le fait le rapport ; l’eSR est réorienté aussitôt.

# ------------------------------------------------------------------ morceaux de phrases que le programme compose (src/triage)

part-left = { $company } a quitté le programme le { $day }
part-qualification-lapsed = le statut « qualified » de { $company } n’a pas été renouvelé et a pris fin le { $day }
part-report-withdrawn = le rapport a été retiré le { $day }
part-joins = elle le rejoint le { $day }
part-closest-report = { $report }, édition { $edition }, pour la version { $releases } sur { $platform }
part-closest-refused = { $report }, édition { $edition } du { $day }, refusé
part-closest-postponed = { $report }, édition { $edition } du { $day }, ajourné
part-closest-accreditation = l’accréditation pour { $name } a pris fin le { $day }
part-closest-accreditation-future = l’accréditation pour { $name } n’est pas encore accordée
part-company-near = La société « { $name } » n’est pas dans le registre, mais est proche de { $meant }
part-company-ambiguous = La société « { $name } » correspond aussi bien à plusieurs entrées : { $meant }
part-company-unknown = La société « { $name } » n’est pas dans le registre, mais « { $solution } » est un produit connu : { $meant }
part-no-company-no-solution = La société tierce et son produit ne sont pas indiqués
part-no-company = « { $solution } » n’est pas un produit connu et sa société n’est pas indiquée
part-no-solution = Il n’est pas dit quel produit de { $company } est concerné
part-solution-near = Le produit « { $solution } » n’est pas dans le registre, mais est proche de { $meant }
part-solution-ambiguous = Le produit « { $solution } » correspond à plusieurs entrées : { $meant }
part-solution-of-another = « { $solution } » n’est pas un produit de { $company }, mais d’une autre société : { $meant }
part-no-platform = Il n’est pas dit quelle plateforme ALE est concernée
part-platform-near = La plateforme « { $name } » n’est pas dans le registre, mais est proche de { $meant }
part-platform-ambiguous = La plateforme « { $name } » correspond à plusieurs entrées : { $meant }
part-platform-unknown = La plateforme « { $name } » n’est pas dans le registre
part-release-conflict = La version « { $release } » et le correctif « { $patch } » de la plateforme désignent des versions différentes
part-releases-both-missing = La version de la plateforme n’est pas indiquée, et celle du produit tiers non plus
part-releases-platform-missing = La version de la plateforme n’est pas indiquée
part-releases-product-missing = La version du produit tiers n’est pas indiquée
part-releases-platform-missing-product-coarse = La version de la plateforme n’est pas indiquée, et la version « { $release } » du produit tiers est moins précise que les versions testées
part-releases-product-missing-platform-coarse = La version du produit tiers n’est pas indiquée, et la version « { $release } » de la plateforme est moins précise que les versions testées
part-releases-both-coarse = La version « { $release } » de la plateforme est moins précise que les versions testées, et la version « { $other } » du produit tiers aussi
part-releases-platform-coarse = La version « { $release } » de la plateforme est moins précise que les versions testées
part-releases-product-coarse = La version « { $release } » du produit tiers est moins précise que les versions testées
part-scope-no-feature = Il n’est pas dit quelle fonction est touchée ; elle ne peut donc pas être comparée à ce qui a été certifié.
part-scope-near = « { $feature } » n’est pas une fonction testée, mais est proche de { $meant }.
part-meant-and-others = { $meant } et d’autres
part-result-ok = conforme
part-result-ok-but = conforme, avec une remarque
part-result-nok = non conforme
part-result-not-tested = non testé
part-result-not-applicable = sans objet
part-unknown = (inconnu)
part-override = { $agent } a choisi cette orientation : { $reason }

# ------------------------------------------------------------------------ les bureaux de l'opérateur (rules/outcomes.toml)

desk-ale_support-name = Centre de support ALE
desk-ale_support-hours = 24 heures sur 24, 7 jours sur 7
desk-ale_support-process = Indiquez le numéro de cet eSR. En gravité 1, téléphonez.
desk-diagnostic_desk-name = Bureau des diagnostics à la demande
desk-diagnostic_desk-hours = du lundi au vendredi, de 8 h à 18 h (CET)
desk-diagnostic_desk-process = Répondez en indiquant le numéro de cet eSR pour recevoir un devis ; le travail commence à réception du paiement.
desk-developer_desk-name = Assistance technique DSPP
desk-developer_desk-hours = du lundi au vendredi, de 8 h à 18 h (CET)
desk-developer_desk-process = Indiquez le numéro de cet eSR. Les tickets d’assistance s’achètent sur le portail.
desk-professional_services-name = Services professionnels ALE
desk-professional_services-hours = du lundi au vendredi, de 8 h à 18 h (CET)
desk-professional_services-process = Décrivez le travail ; vous recevrez un devis.
desk-forum-name = Forum de discussion des développeurs
desk-forum-process = Gratuit et ouvert à tous ; sans promesse de réponse.
desk-triage_desk-name = Bureau d’orientation
desk-triage_desk-hours = du lundi au vendredi, de 8 h à 18 h (CET)
desk-triage_desk-process = Répondez en indiquant le numéro de cet eSR.

# ------------------------------------------------------------------------------------------------------------- dates

date = { $day } { $month } { $year }
date-time = { $date } à { $time } UTC
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
day-first = 1er

# ------------------------------------------------------------------------------------------ la page à laquelle mènent les liens

page-answer = Votre réponse
page-case-number = Votre numéro de dossier
page-conclusion = Conclusion
page-conclusion-none = Pas encore de conclusion
page-findings = Constats
page-findings-hint = Ce que vous avez testé, ce que vous avez vu, et où est le défaut.
page-send = Envoyer
page-wrong-number = Indiquez votre numéro de dossier, en 200 caractères au plus.
page-wrong-findings = Les constats sont trop longs : { $most } caractères au plus.
page-wrong-conclusion = Pour montrer un défaut côté ALE, écrivez vos constats ou joignez des traces.
page-busy-title = Cela ne fonctionne pas pour le moment
page-busy = Votre réponse n’a pas pu être enregistrée à l’instant. Merci de l’envoyer de nouveau.
page-expired-title = Ce lien n’est plus valable
page-expired = Il a fonctionné jusqu’au { $day }. Chaque mail plus récent du dossier contient un nouveau lien ; vous pouvez aussi répondre à tout mail du dossier, à tout moment.
page-unknown-title = Ce lien n’est pas valable
page-unknown = Il a peut-être été coupé. Ouvrez-le de nouveau depuis le mail, ou copiez-le en entier. Vous pouvez aussi répondre au mail, à tout moment.
page-not-yours = Le dossier n’est plus chez vous. Si vous avez quelque chose à dire à son sujet, répondez au mail.

# What a page says in place of a letter's "reply to this mail".
page-ask-reopen = Si votre problème n’est pas résolu, écrivez au bureau de triage ou répondez à un mail du dossier.
page-do-ale-support-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et dites-le ci-dessous dès qu’il est ouvert.
page-do-ale-support-case-1-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et dites-le ci-dessous dès qu’il est ouvert.
page-do-joint-awaiting-access-business_partner = Donnez à ALE un accès distant au système, avec les identifiants, et dites-le ci-dessous dès qu’il est ouvert.
page-do-participant-hotline-business_partner = Ouvrez un ticket à la hotline de { $company } et donnez son numéro ci-dessous.
page-do-participant-first-business_partner = Ouvrez un ticket à la hotline de { $company } et donnez son numéro ci-dessous.
page-do-known-limitation-business_partner = Lisez ce qu’en dit { $report }, édition { $edition }{ $has_limitation_id ->
   *[no] {""}
    [yes] {" "}(limitation { $limitation_id })
  }. Si votre problème est autre, donnez le nom de sa fonction ci-dessous, ou dites pourquoi vous contestez cette décision.
page-do-diagnostic-not-a-participant-business_partner = Acceptez et payez le diagnostic, ou adressez-vous au support de { $company }. Si vous connaissez la société sous un autre nom, donnez ce nom ci-dessous et l’eSR est décidée de nouveau.
page-do-diagnostic-out-of-scope-business_partner = Acceptez et payez le diagnostic. Si le problème concerne une fonction certifiée, donnez le nom de cette fonction ci-dessous et l’eSR est décidée de nouveau.
page-do-information-required-business_partner = Complétez ci-dessous ce qui manque ; l’eSR est décidée de nouveau aussitôt.

page-skip = Aller à la page
page-language = Langue
page-jump = Répondre plus bas
page-essentials = Le dossier
page-answer-known = Voici ce que dit le dossier jusqu’ici. Modifiez ce qui a changé, puis envoyez de nouveau.
page-conclusion-hint = Choisissez le résultat de votre analyse ; vous pourrez le changer plus tard.
page-conclusion-none-then = Le numéro seul dit à tous que vous y travaillez ; le dossier reste chez vous.
page-conclusion-inconclusive-then = Le dossier reste chez vous jusqu’à ce que des constats ou des traces montrent où est le défaut.
page-conclusion-ale_fault_shown-then = ALE se joint aussitôt à vous. Écrivez vos constats, ou joignez des traces.
page-conclusion-ale_help_requested-then = ALE se joint aussitôt à vous. Dites dans les constats quelle aide il vous faut.
page-conclusion-participant_fault_found = défaut de votre côté
page-conclusion-participant_fault_found-then = Le dossier va à votre hotline pour la réparation.
page-optional = facultatif
page-files-title = Traces et documents
page-files-add = Ajouter des traces ou des documents
page-files-hint = Traces, journaux, images, archives et documents, de { $most } au plus chacun. Ils sont versés au dossier.
page-files-drop = Chacun part dès qu’il est choisi ; vous pouvez aussi les déposer ici.
page-files-send = Ajouter les fichiers
page-files-none = Rien n’est joint pour le moment.
page-files-added = Versé au dossier : { $names }.
page-file-by = { $who }, { $day }
page-file-sending = en cours d’envoi
page-file-done = versé au dossier
page-file-cancel = Annuler
page-file-cancelled = annulé
page-file-again = Réessayer
page-file-lost = La connexion a été coupée. Ce qui avait été envoyé n’est pas conservé.
page-file-wait = Attendez la fin des envois, ou annulez-les, avant d’envoyer.
page-file-kind = { $name } n’est pas d’un type accepté ici. Envoyez une trace, un journal, une image, un document ou une archive.
page-file-program = { $name } est un programme ou un script, ce qui n’est pas accepté. Mettez ce qu’il affiche dans un fichier texte.
page-file-large = { $name } dépasse { $most }, le maximum accepté ici. Compressez-le, ou envoyez-le en plusieurs parties.
page-file-many = { $name } n’a pas été pris : le dossier a autant de fichiers qu’il peut en avoir. Réunissez-en plusieurs dans une archive.
page-file-cut = { $name } n’est pas arrivé en entier. Envoyez-le de nouveau.
page-file-name = Un fichier n’a pas de nom utilisable. Renommez-le et envoyez-le de nouveau.
page-file-room = { $name } n’a pas pu être enregistré : il n’y a plus de place. Répondez au mail, et dites-le.
page-file-failed = { $name } n’a pas pu être enregistré à l’instant. Envoyez-le de nouveau.
page-file-much = C’est plus que ce qui est pris en une fois. Envoyez moins de fichiers à la fois.
page-contest = Ce n’est pas pour nous
page-contest-filer = Je ne suis pas d’accord avec cette décision
page-contest-hint = Dites pourquoi. Un agent du bureau de triage d’ALE l’examine ; d’ici là le dossier reste en l’état.
page-contest-reason = Pourquoi
page-contest-send = Envoyer la contestation
page-contest-waits = L’orientation a été contestée. Un agent du bureau de triage d’ALE l’examine ; d’ici là le dossier reste en l’état.
page-update-asked = Votre réponse
page-update-more = Corriger les produits, les versions ou la fonction
page-update-send = Envoyer
page-update-near = Vouliez-vous dire
page-update-number = Numéro de ticket chez { $company }
page-update-access = ALE a-t-elle accès au système ?
page-update-yes = Oui
page-update-no = Non, pas encore
page-update-nothing = Remplissez au moins un champ, ou modifiez-en un.
page-field-platform-product = Plateforme ALE
page-field-platform-release = Version de la plateforme
page-field-platform-patch = Correctif ou build de la plateforme
page-field-third_party-company = Société tierce
page-field-third_party-solution = Produit tiers
page-field-third_party-release = Version du produit tiers
page-field-feature = Fonction concernée
page-thanks-answer = Merci. Votre réponse est versée au dossier.
page-thanks-files = Merci. Vos fichiers sont versés au dossier.
page-thanks-contest = Merci. Un agent du bureau de triage d’ALE examine ce que vous avez dit.
page-thanks-update = Merci. Le dossier a été décidé de nouveau.
page-thanks-same = Le dossier le dit déjà ; rien d’autre n’a été changé.
page-errors = Quelque chose ne va pas encore. Ce que vous avez écrit est conservé.
page-wrong-reason = Dites pourquoi, en { $most } caractères au plus.
page-not-now = Ce n’est plus possible : le dossier a avancé. Voici où il en est.
page-many-title = Trop de requêtes
page-many = Ce lien a été utilisé très souvent à l’instant. Attendez une minute, puis réessayez.
page-revoked-title = Ce lien a été retiré
page-revoked = Il n’ouvre plus le dossier. Demandez un nouveau mail, ou prenez le lien d’un mail plus récent du dossier.
page-write-to = Écrivez à { $address } s’il vous faut un nouveau lien ou si vous avez quelque chose à dire ; votre mail est versé au dossier.
page-write-desk = Écrivez à { $address } si vous avez besoin d’aide.
page-happened = Ce qui s’est passé
page-by-link = par le lien
line-filed = { $who } : eSR déposé.
line-decided = Décision : { $place }.
line-number = { $who } : numéro de dossier { $number } donné.
line-conclusion = { $who } : conclusion envoyée, { $conclusion }.
line-findings = { $who } : constats envoyés.
line-taken-back = { $who } : conclusion retirée.
line-access = { $who } : accès au système donné à ALE.
line-no-access = { $who } : ALE n’a pas accès au système.
line-products = { $who } : produits, versions ou fonction modifiés.
line-updated = { $who } : eSR mise à jour.
line-overridden = Le bureau de triage d’ALE a choisi une autre orientation.
line-contested = { $who } : orientation contestée.
line-file = { $who } : { $name } ajouté.
line-heard = { $who } : du nouveau.
line-closed = { $who } : ticket fermé.
line-version = Un fichier montre une autre version de la plateforme que celle de l’eSR.
who-you = Vous
who-ale = ALE
who-participant = Le participant
page-now = Où en est le dossier
page-answered = Ce que dit le dossier de votre analyse
page-changed = Le dossier a avancé.
page-changed-show = Voir où il en est
page-diagnostic-title = Ce qu’est un diagnostic
page-diagnostic = Les experts d’ALE examinent le problème sur le site et disent où est le défaut, hors du support standard. Il est payant, et le travail commence une fois le paiement reçu.
page-diagnostic-price = Le prix est sur demande : adressez-vous au bureau de diagnostic avec le numéro de cet eSR.
