//! The tests in a Windows domain: `domain::theme::behaviour`.

in_the_domain! {
    windows_kerberos {
        a_ticket_opens_a_session_under_the_directorys_name,
        only_a_front_that_takes_tickets_asks_for_one,
        a_token_counts_once,
        forged_tokens_prove_nothing,
        ntlm_is_refused_with_a_sentence_and_without_a_new_challenge,
        a_ticket_of_another_realm_is_refused,
        an_old_ticket_is_refused,
        a_forced_name_is_the_tickets_whatever_is_typed,
        a_challenge_may_be_answered_in_the_body,
        a_ticket_comes_alone_and_from_the_fronts_own_page,
        a_keytab_that_can_not_work_is_explained,
        whoever_only_asks_gets_no_session,
        chromium_signs_on_without_typing,
    }
    windows_proxy {
        the_proxys_word_opens_a_session,
        everybody_elses_header_is_as_if_it_were_not_there,
        two_names_or_look_alikes_are_refused,
        strange_names_are_nobodys,
        domains_are_taken_off_only_where_that_is_wanted,
        under_forced_names_nobody_is_somebody_else,
        apache_with_kerberos_lets_people_in_without_typing,
        nginx_lets_people_in_by_its_own_passwords,
        whoever_may_open_the_socket_file_is_the_proxy,
    }
    windows_directory {
        colleagues_are_found_before_their_first_login_with_what_the_directory_says,
        a_changed_password_ends_what_the_old_one_opened,
        the_difference_is_told_beside_the_server_and_through_it,
        a_domains_colleagues_are_listed_without_those_who_may_not_enter,
    }
    windows_init {
        a_domain_is_configured_by_asking_it,
        a_directory_that_can_not_be_asked_is_explained,
    }
    windows_claims {
        a_claim_counts_where_it_is_wanted_and_nowhere_else,
        the_administrator_is_warned_at_every_start,
        settings_that_would_let_everybody_in_stop_the_start,
    }
}
