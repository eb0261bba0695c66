//! Integration tests: the real server behind real sockets, driven over HTTP, on each database.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "clippy knows as tests only what carries #[test]"
)]

#[macro_use]
mod trials;

mod account;
mod admin;
mod administration;
mod administration_groups;
mod administration_people;
mod alone;
mod apps;
mod audiences;
mod audited;
mod authorisation;
mod browser;
#[path = "../../crates/auth-sql/tests/catalogue_runner/case.rs"]
#[expect(dead_code, reason = "the catalogue's own tests look at more of a case")]
mod case;
mod central_options;
mod check;
mod claims_on_each_database;
mod conferences;
mod configuration;
mod contacts;
mod contract;
mod conversations;
mod demo;
mod domain;
mod events;
mod files;
mod from_mariadb;
mod fronts;
mod groups;
mod help;
mod hostile;
mod idle;
mod import;
mod init;
mod kill;
mod limits;
mod living;
mod login_test;
mod mail;
mod message_features;
mod messages;
mod metrics;
mod model;
mod moderation;
mod modes;
mod office_day;
mod options;
mod outage;
mod presence;
mod proxies;
mod recipe_tutorial;
mod refusals;
mod registration;
mod restart;
mod roster;
mod second_factors;
mod session;
mod shoutbox;
mod shutdown;
mod sign_on;
mod sse;
mod support;
#[path = "../../crates/auth-sql/tests/catalogue_runner/tables.rs"]
mod tables;
mod windows_claims;
mod windows_directory;
mod windows_init;
mod windows_kerberos;
mod windows_proxy;

on_each_database! {
    contract {
        bodies_are_json_without_surprises,
        a_place_says_which_methods_it_does_not_take,
        unknown_places_are_not_found,
        unknown_and_repeated_parameters_are_refused,
        ids_that_nobody_made_are_not_found,
        every_problem_has_a_page,
        the_page_and_its_parts_come_with_their_types,
        every_answer_carries_the_security_headers,
    }
    session {
        the_log_names_who_comes_in_where_that_is_asked_for,
        a_login_says_who_one_is_and_where_to_begin_listening,
        the_front_tells_how_to_enter,
        the_cookie_is_the_fronts_alone_and_no_scripts_business,
        behind_tls_the_cookie_is_secure_and_so_is_its_name,
        a_cookie_and_a_bearer_token_together_are_refused,
        a_cookie_needs_proof_of_origin_for_what_changes_something,
        the_token_of_one_front_is_nothing_at_another,
        a_bogus_token_costs_no_look_into_the_database,
        authorization_for_somebody_else_is_passed_over,
        signing_out_ends_the_session_and_no_other,
        a_login_in_the_same_browser_replaces_the_session,
        a_login_needs_a_name_and_a_password,
        a_session_ends_when_its_time_is_over,
        ones_sessions_are_listed_and_one_can_be_ended,
    }
    registration {
        a_form_makes_an_account_once,
        parallel_forms_for_one_name_make_one_account,
        names_and_passwords_keep_rules,
        a_closed_front_makes_nobody,
        an_account_may_have_to_wait_for_approval,
        the_first_login_may_make_the_account,
        parallel_first_logins_make_one_person,
    }
    mail {
        a_forgotten_password_is_replaced_by_one_letter_once,
        who_is_not_there_gets_the_same_answer_and_no_letter,
        nothing_that_people_choose_becomes_a_header,
        a_busy_mail_server_gets_the_letter_later,
        letters_go_by_tls_of_both_kinds_and_to_nobody_else,
        a_letter_that_may_have_arrived_is_the_same_letter_again,
        a_mail_server_that_is_out_holds_up_nobody,
        a_letter_of_an_administrator_waits_for_the_mail_server_by_itself,
        a_refused_letter_is_not_sent_again,
        an_address_is_proved_by_a_letter_and_nobody_waits_for_the_mail_server,
    }
    roster {
        an_open_front_shows_everybody_but_oneself,
        the_roster_comes_in_pages,
        a_strict_front_shows_only_those_with_whom_there_is_something,
        communities_know_nothing_of_each_other,
        of_two_modes_the_stricter_wins,
    }
    contacts {
        a_request_that_is_accepted_lets_both_write,
        asking_each_other_is_accepting,
        a_request_can_be_withdrawn_once,
        a_refusal_binds_until_it_is_taken_back,
        a_refusal_stops_messages_on_open_fronts_too,
        deleting_ends_whatever_there_is,
        one_is_no_contact_of_ones_own,
        contacts_survive_a_restart,
        a_request_carries_a_text_to_who_is_asked,
        what_is_noted_of_somebody_is_seen_by_oneself_alone,
        whoever_is_hidden_from_sees_somebody_offline,
        all_relations_are_listed,
        people_are_searched_by_part_of_a_name,
        parallel_requests_and_answers_leave_exactly_the_limits,
    }
    modes {
        each_mode_opens_what_the_manual_says,
        a_refusal_binds_in_every_mode,
        who_is_in_no_group_can_only_be_answered,
        a_person_tells_which_groups_are_shared,
    }
    conversations {
        opening_twice_gives_the_same_conversation,
        with_whom_must_be_one_other_person,
        opening_from_both_sides_at_once_makes_one,
        the_list_has_the_newest_first_in_pages,
        what_is_unread_is_counted_until_it_is_read_on_any_device,
        a_mark_needs_a_message_of_that_conversation,
    }
    conferences {
        who_accepts_reads_from_there_on_and_who_leaves_nothing,
        nobody_comes_in_by_knowing_the_id,
        parallel_invitations_and_answers_stop_at_the_limit,
    }
    groups {
        a_group_lives_from_its_making_to_its_end,
        a_private_group_is_nothing_to_those_outside,
        who_was_put_out_gets_nothing_more_on_an_open_poll,
        parallel_makers_make_as_many_groups_as_allowed,
    }
    messages {
        a_repeated_send_returns_the_original,
        a_message_is_what_was_sent,
        a_text_has_1_to_16384_bytes_and_no_nul,
        a_client_id_has_1_to_64_bytes,
        parallel_repeats_of_a_send_store_it_once,
        the_history_is_read_backwards_in_pages,
    }
    message_features {
        an_edit_reaches_both_and_survives_a_restart,
        a_deleted_message_is_nowhere_but_in_its_place,
        moderators_read_what_a_message_was,
        reactions_are_counted_and_bounded,
        a_draft_is_on_all_my_devices_and_nobody_elses,
        receipts_tell_what_arrived_and_what_was_read,
        search_finds_ones_own_and_nothing_else,
        an_export_is_whole_and_ones_own,
        an_export_holds_what_one_has_left_outside_of_conversations,
        old_messages_and_late_edits_follow_the_fronts_options,
        unwanted_words_are_in_no_name_either,
        unwanted_words_are_masked_or_refused_before_anybody_reads_them,
    }
    events {
        a_message_wakes_an_open_poll_at_once,
        the_senders_other_devices_hear_it_too,
        without_a_cursor_the_current_one_comes_at_once,
        a_wait_that_runs_out_is_an_empty_list,
        a_wait_that_is_too_long_is_accepted,
        a_newer_poll_of_the_session_ends_the_older_one,
        a_poll_of_a_session_that_ends_gets_a_401_at_once,
        cursors_that_were_not_given_to_me_are_refused,
        after_a_restart_the_missed_messages_come_and_then_one_resync,
        a_mailbox_that_overflowed_loses_no_message,
        coming_and_leaving_is_heard_of,
        strangers_on_a_strict_front_hear_nothing_of_each_other,
        both_hear_of_every_change_between_them,
    }
    presence {
        a_chosen_state_holds_on_all_devices_and_over_a_restart,
        what_can_be_chosen_is_the_fronts_business,
        nobody_sees_that_somebody_invisible_is_here,
        a_device_that_nobody_uses_makes_its_person_away,
        the_other_one_sees_that_somebody_is_writing,
    }
    sse {
        a_stream_brings_what_a_poll_would,
        a_stream_goes_on_where_it_was_cut,
        cursors_of_streams_and_polls_are_the_same,
        streams_end_neither_each_other_nor_polls,
        a_stream_after_a_restart_brings_what_was_missed,
        a_stream_keeps_its_person_online,
        every_events_cursor_leads_behind_it,
    }
    account {
        one_knows_how_the_own_account_stands,
        a_changed_password_ends_the_other_sessions,
        a_password_is_changed_without_a_session_too,
        an_expired_password_is_changed_where_it_is_kept,
        links_that_nobody_was_sent_are_worth_nothing,
        a_second_factor_is_asked_for_until_it_is_taken_away,
        a_name_is_changed_where_the_front_lets_people,
        whoever_leaves_is_gone_and_their_messages_stay,
        whoever_leaves_may_take_their_messages_along,
    }
    audiences {
        a_text_to_some_reaches_them_once_over_a_crash,
        the_command_line_writes_to_some_as_well,
        alerts_reach_whom_they_are_for,
    }
    authorisation {
        every_call_stands_in_the_table_or_is_open_for_a_reason,
        nothing_works_without_a_session_of_this_front,
        every_call_is_good_in_the_right_hands,
        what_is_not_mine_is_as_if_it_were_not_there,
        a_moderator_of_elsewhere_has_no_right_here,
        people_one_does_not_see_are_as_if_they_were_not_there,
        strangers_of_a_strict_front_can_be_asked_and_not_written_to,
        what_the_right_is_missing_for_is_refused,
        a_guest_only_reads,
    }
    refusals {
        an_unknown_name_and_a_wrong_password_are_one_answer,
        an_unknown_name_and_a_wrong_password_cost_the_same_hashes,
        refusals_are_answered_on_the_same_step,
        too_many_failures_throttle_known_and_unknown_names_alike,
        a_success_forgets_the_failures_before_it,
        many_devices_at_once_are_no_guesses,
        parallel_guesses_do_not_pass_the_throttle_together,
        the_limit_of_a_name_holds_over_all_addresses,
        many_names_from_one_address_are_throttled,
    }
    files {
        a_file_reaches_those_whom_its_message_reaches,
        only_pictures_are_shown_by_the_browser,
        a_download_can_be_resumed,
        files_have_limits_that_hold_in_parallel,
        a_file_can_not_be_smuggled_into_a_message,
        a_deleted_message_takes_its_files_with_it,
        an_upload_needs_its_length_its_name_and_its_kind,
        who_comes_later_reads_no_file_of_before,
        files_are_counted_in_the_statistics_of_the_day,
    }
    second_factors {
        an_administrator_with_a_second_factor_is_asked_for_it,
        a_challenge_is_answered_where_it_was_made,
        a_passkey_is_made_used_and_taken_away,
        a_passkeys_answer_is_good_once_and_for_its_person,
        new_recovery_codes_end_the_old_ones,
        passkeys_are_off_without_a_secure_address,
        ten_passkeys_are_enough_also_all_at_once,
        an_administrator_takes_lost_second_factors_away,
        secrets_of_second_factors_are_kept_encrypted,
    }
    office_day {
        two_hundred_people_spend_a_day,
    }
    shoutbox {
        a_shout_waits_for_a_moderator_and_then_everybody_sees_it,
        quotas_of_shouts_hold_and_roles_lift_them,
        parallel_shouts_stay_within_the_quota,
        votes_are_counted_once_a_person_and_hide_what_enough_are_against,
        a_wall_is_its_fronts_and_public_only_when_it_says_so,
    }
    limits {
        a_thousand_parallel_requests_leave_exactly_the_limit,
        asked_contacts_do_not_count_and_accepting_counts,
        parallel_logins_leave_exactly_the_limit_over_restarts,
        one_person_has_as_many_sessions_as_the_front_allows,
        one_address_has_as_many_sessions_as_the_front_allows,
        a_full_front_takes_nobody_new_and_everybody_known,
        each_front_has_limits_of_its_own,
        a_page_of_anything_is_bounded,
    }
    fronts {
        one_name_in_two_forums_is_two_people_who_can_write_to_each_other,
        a_door_takes_its_own_forums_passwords_only,
        nobody_is_listed_before_the_first_login,
        who_enters_by_two_doors_is_one_person,
        a_front_may_be_limited_to_a_host,
        a_chain_asks_the_next_where_a_name_is_unknown,
    }
    idle {
        an_idle_poll_does_no_sql,
        a_warm_send_costs_no_look_at_sessions_or_permissions,
        parallel_sends_share_a_transaction,
        the_seen_times_are_written_behind,
    }
    metrics {
        metrics_count_answers_attempts_hashes_and_statements,
        polls_and_streams_are_counted_while_they_are_open,
        strangers_methods_and_paths_do_not_fill_the_metrics,
        readiness_is_about_the_database_and_tells_of_the_rest,
        the_public_listener_has_none_of_it,
        control_needs_the_key_in_the_database,
    }
    hostile {
        strange_names_and_passwords_are_only_refused,
        strange_values_in_every_place_are_only_refused,
        strange_json_is_only_refused,
        strange_requests_get_an_answer_of_the_4xx_or_none,
        connections_that_say_nothing_disturb_nobody,
    }
    outage {
        a_forum_that_was_never_there_can_come_later,
        a_table_that_is_missing_is_named_to_the_administrator,
        people_stay_while_their_forum_is_away,
        an_outage_is_never_counted_as_a_wrong_guess,
        an_outage_never_lets_the_next_in_the_chain_decide,
        a_forum_server_that_refuses_us_is_reported_with_its_reason,
        a_second_server_on_the_same_database_is_told_so,
        a_realm_that_points_at_another_forum_refuses_to_start,
        what_a_forum_restricts_is_restricted_here,
    }
    living {
        whoever_is_banned_on_the_board_is_out_and_told_why,
        a_ban_of_an_address_ends_what_is_there_from_it,
        whoever_is_deactivated_deleted_or_has_another_password_is_out,
        a_password_that_was_changed_while_the_server_was_down_is_noticed,
        a_renamed_member_stays_who_they_were,
        the_groups_of_the_board_are_rooms_and_follow_it,
        a_front_for_a_group_keeps_everybody_else_out,
        private_messages_of_the_board_are_counted,
        new_topics_that_guests_may_read_are_announced,
        a_board_that_vanishes_sends_nobody_away,
        looking_after_people_does_no_sql_of_ones_own,
    }
    sign_on {
        whoever_is_logged_in_at_the_board_is_in,
        what_proves_nobody_lets_nobody_in,
        another_sites_page_can_not_use_the_boards_cookies,
        the_banned_are_told_so_at_the_door,
        guests_of_the_board_are_not_counted_as_guesses,
        a_front_without_the_secret_takes_no_ticket,
        who_is_here_is_told_as_far_as_the_front_says,
        only_the_pages_that_are_named_may_frame_a_front,
        mistakes_about_groups_news_and_frames_are_told_at_once,
    }
    kill {
        every_acknowledged_message_survives_exactly_once,
    }
    restart {
        people_stay_logged_in_and_find_everything_again,
        a_session_that_was_ended_stays_ended,
        sequences_go_on_where_they_were,
        the_first_answer_comes_soon_after_the_start,
        a_full_schema_needs_no_migration_twice,
    }
    shutdown {
        open_polls_are_answered_and_streams_end,
        nothing_acknowledged_is_lost_and_what_was_taken_is_answered,
        connections_that_stay_open_do_not_hold_it_up,
    }
    options {
        roles_are_given_to_logins_and_by_default_and_explained,
        a_reload_changes_what_holds_for_people_who_are_here,
        a_front_is_closed_and_opened_again_while_people_are_here,
        a_front_that_has_moved_says_where_to,
        options_come_from_a_central_server_and_survive_its_outage,
        what_a_front_says_of_itself_is_told,
    }
    model {
        every_reader_learns_exactly_what_was_stored,
    }
    administration_people {
        who_waits_is_let_in_or_refused,
        a_locked_person_is_out_at_once_and_comes_back_when_unlocked,
        a_deleted_account_is_gone_with_its_name,
        nobody_shuts_themselves_out_or_takes_over_who_has_more_rights,
        a_link_sets_the_password_once,
        own_accounts_are_changed_and_deleted,
        own_accounts_are_listed_in_pages,
        a_clerk_makes_nobody_a_moderator_and_takes_over_none,
        contacts_are_made_and_ended_for_others,
        who_is_here_is_shown_by_front,
        a_shell_does_the_same_for_people,
        a_shell_lists_all_there_is,
    }
    administration_groups {
        groups_are_made_changed_filled_and_ended,
        conferences_are_listed_and_closed,
        shouts_are_shown_turned_down_and_removed,
        a_shell_does_the_same_for_groups,
    }
    audited {
        every_act_leaves_exactly_one_line,
    }
    administration {
        every_call_needs_its_right_and_a_session_of_the_administration,
        only_administrators_come_in_and_not_without_the_right_password,
        the_cookie_of_the_administration_needs_its_origin,
        rights_end_with_the_password_and_are_not_given_away,
        a_message_to_everybody_arrives_once_and_nobody_waits_for_it,
        what_was_counted_is_there_after_a_restart,
        the_command_line_does_the_same,
    }
    moderation {
        a_ban_by_name_ends_an_open_poll_at_once,
        bans_hold_where_they_were_made_and_for_new_names,
        a_banned_device_is_out_and_its_cookie_is_kept,
        the_muted_are_told_and_can_not_write,
        moderators_look_after_reports_of_their_front,
        alerts_reach_those_who_receive_them,
    }
    admin {
        an_account_can_be_made_before_the_first_start,
        the_running_server_is_asked_to_make_accounts,
        what_is_refused_is_a_1_with_a_sentence,
        who_waits_is_listed_and_approved,
    }
    check {
        a_table_for_people_and_json_for_programs,
        all_well_is_a_0_beside_the_running_server,
        a_new_installation_is_no_mistake,
        a_database_that_is_away_is_reported_without_its_password,
    }
    init {
        an_installed_application_leads_to_a_front_that_lets_its_people_in,
        the_proposed_account_may_only_read_and_is_enough,
    }
    login_test {
        one_login_is_one_line_and_an_exit_status,
        nothing_is_made_and_nothing_is_said_of_the_password,
        an_authenticator_that_is_not_there_names_the_others,
        native_accounts_are_tested_beside_the_running_server,
        wrong_usage_is_a_64,
        a_batch_answers_line_by_line_in_order,
        each_answer_of_a_batch_comes_before_the_next_question,
        an_outage_in_a_batch_is_an_answer_too,
    }
}
