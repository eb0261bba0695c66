//! The tests of what has no database of Portico's, or always the same one: `alone::theme::behaviour`.

without_a_database! {
    configuration {
        mistakes_name_the_file_the_key_and_the_alternatives,
        syntax_and_missing_files_are_configuration_errors,
        two_fronts_at_one_place_are_a_conflict,
        all_mistakes_of_the_fronts_are_told_at_once,
        the_environment_overrides_the_file,
        a_variable_for_no_key_is_an_error,
        secrets_may_stand_in_files_of_their_own,
        an_address_in_use_is_named_with_its_key,
    }
    options {
        options_that_cant_be_are_told_at_once_with_front_and_key,
        options_without_an_effect_are_told_and_stop_nobody,
    }
    central_options {
        central_options_are_asked_for_again_by_themselves,
    }
    apps {
        the_list_can_be_searched_and_is_json_for_programs,
        one_application_is_told_whole,
        everything_that_is_listed_can_be_shown,
        an_unknown_application_is_a_64_with_similar_ones,
        the_page_of_the_manual_is_what_the_catalogue_says,
        recipes_of_ones_own_are_listed_and_their_mistakes_told,
    }
    init {
        a_new_file_has_no_secret_and_the_secret_is_its_owners_alone,
        a_dry_run_writes_nothing_and_shows_no_secret,
        what_is_there_stays_and_is_replaced_only_by_force,
        a_file_that_is_no_configuration_is_left_alone,
        several_applications_in_one_folder_are_asked_about,
        what_is_not_recognised_is_told_with_what_to_do,
        an_application_can_be_named_without_its_folder,
        accounts_of_ones_own_need_no_application,
    }
    recipe_tutorial {
        the_walkthrough_of_recipes_works_as_it_is_written,
        every_block_of_the_walkthrough_is_a_step,
    }
    help {
        help_is_on_standard_output_and_says_where_to_begin,
        each_command_tells_its_options,
        wrong_usage_is_a_64_on_standard_error,
        the_version_is_told,
    }
    demo {
        everybody_gets_what_was_announced_over_http_and_on_the_command_line,
        people_of_all_doors_meet,
        a_folder_keeps_people_passwords_and_messages,
        passwords_differ_from_folder_to_folder,
        a_public_address_needs_a_word_of_its_own,
        a_folder_of_something_else_is_left_alone,
    }
}
