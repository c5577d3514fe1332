"""The kit itself: a sound connector passes everything, a broken one fails exactly its check."""

from __future__ import annotations

import pytest

from gateway.testing.conformance import cases
from tests.gateway.testing.running import failing
from tests.gateway.testing.toy.stage import ToySuite

SLOW = frozenset({"test_importing_touches_nothing"})
"""Starts a process: run where it matters only."""

BROKEN = [
    ("no batches", "test_the_manifest_is_whole"),
    ("surplus part", "test_no_part_is_undeclared"),
    ("takes any setting", "test_settings_refuse_what_they_do_not_know"),
    ("calls at once", "test_building_touches_nothing"),
    ("closes once", "test_closing_twice_is_the_same_as_once"),
    ("prepares once", "test_preparing_twice_is_the_same_as_once"),
    ("probe refuses", "test_a_good_account_passes_its_probe"),
    ("late start", "test_a_first_pull_starts_now[customer]"),
    ("remembers", "test_a_resumed_feed_repeats_and_never_loses[customer]"),
    ("by time", "test_equal_times_across_a_page_lose_nothing[customer]"),
    ("by offset", "test_a_change_between_pages_loses_nothing[customer]"),
    ("dies when quiet", "test_an_empty_page_is_no_end[customer]"),
    ("no limit", "test_pages_keep_about_their_limit[customer]"),
    ("swallows", "test_a_malformed_record_spares_its_neighbours[customer]"),
    ("strict codes", "test_an_unknown_code_is_no_error[customer]"),
    ("plain quotes", "test_texts_are_read_letter_by_letter[customer]"),
    ("no sparse", "test_empty_fields_are_no_error[customer]"),
    ("no missing", "test_ids_that_do_not_exist_are_told[customer]"),
    ("growing", "test_held_is_pure_and_idempotent[customer]"),
    ("never created", "test_a_creation_makes_one_record[customer]"),
    ("never exists", "test_a_repeated_creation_finds_its_record[customer]"),
    ("reversed", "test_outcomes_keep_the_order_of_changes[customer]"),
    ("all or nothing", "test_a_failed_change_spares_its_neighbours[customer]"),
    ("forgets birthdays", "test_what_is_written_is_read_back[customer]"),
    ("edits nothing", "test_an_edit_is_read_back[customer]"),
    ("keeps keys", "test_a_key_is_given_to_a_record_without_one[customer]"),
    ("finds another", "test_a_record_is_found_by_its_key[customer]"),
    ("sure create customer", "test_a_creation_cut_after_its_effect_is_found[customer]"),
    ("blind create customer", "test_a_creation_cut_before_its_effect_is_made_later[customer]"),
    ("fresh keys", "test_one_key_has_one_effect[bonus.post]"),
    ("one key for all", "test_two_keys_have_two_effects[bonus.post]"),
    ("knows all keys", "test_a_key_tells_what_it_did[bonus.post]"),
    ("sure perform bonus.post", "test_an_operation_cut_after_its_effect_is_unknown[bonus.post]"),
    ("gives up", "test_an_operation_cut_before_its_effect_can_be_repeated[bonus.post]"),
    ("takes any payload", "test_a_wrong_payload_is_refused[bonus.post]"),
    ("tells the past", "test_behaviour_is_told_from_now_on"),
    ("fresh names", "test_a_happening_keeps_its_name"),
    ("knows everybody", "test_a_member_is_identified_and_nobody_is_nobody"),
    ("registers again", "test_one_registration_makes_one_member"),
    ("nobody has nothing", "test_a_balance_is_told_or_missing"),
    ("quotes cost", "test_asking_for_a_quote_changes_nothing"),
    ("blocks again", "test_a_reservation_blocks_once_and_is_given_up"),
    ("commits again", "test_one_key_commits_once"),
    ("one sale only", "test_two_keys_commit_twice"),
    ("finds every sale", "test_a_sale_is_looked_up"),
    ("sure loyalty commit", "test_a_commit_cut_after_its_effect_is_found"),
    ("refunds again", "test_a_refund_gives_back_once"),
    ("oldest first", "test_history_comes_in_pages_and_ends"),
    ("any code", "test_the_right_code_and_no_other_is_confirmed"),
    ("names another", "test_a_call_names_the_record_that_changed"),
    ("fresh tokens", "test_a_repeated_call_has_the_same_token"),
    ("open door", "test_a_forged_call_is_refused"),
    ("trusts bodies", "test_an_unreadable_call_is_refused"),
    ("takes all events", "test_an_unknown_event_is_no_error"),
    ("fresh door tokens", "test_what_is_handed_over_reaches_the_desk"),
    ("unlocked", "test_a_forged_session_brings_nothing"),
    ("says yes", "test_a_full_store_is_no_success"),
    ("never tells", "test_what_is_due_is_collected_and_told"),
    ("serves no till", "test_a_till_s_visit_is_served"),
    ("open till", "test_a_till_without_its_password_changes_nothing"),
    ("fresh sales", "test_a_repeated_till_call_has_one_effect"),
    ("half calls", "test_a_damaged_till_call_is_answered"),
    ("always yes", "test_a_service_that_refuses_is_told_to_the_till"),
    ("logs buyers", "test_a_till_s_call_tells_no_person"),
    ("short notices", "test_a_notice_arrives_whole"),
    ("sends again", "test_one_key_sends_one_notice"),
    ("one notice for all", "test_two_keys_send_two_notices"),
    ("takes any address", "test_a_refused_address_is_told"),
    ("sure send notice", "test_a_notice_cut_after_its_effect_is_unknown"),
    ("logs notices", "test_a_notice_tells_no_person"),
    ("own client", "test_calls_pass_the_account_s_budget[read customer]"),
    ("no hint", "test_a_limit_with_a_hint_is_told[read customer]"),
    ("made-up hint", "test_a_limit_without_a_hint_passes[read customer]"),
    ("500 is final", "test_a_server_error_passes[read customer]"),
    ("401 is final", "test_refused_credentials_are_told[read customer]"),
    ("told person", "test_reading_tells_no_person[customer]"),
    ("logs names", "test_writing_tells_no_person[customer]"),
    ("told token", "test_refusals_tell_no_secret[read customer]"),
]
ELSEWHERE = {"test_importing_touches_nothing", "test_every_declared_capability_has_its_part"}


async def test_a_sound_connector_passes_everything() -> None:
    """A check that refuses what keeps the contract would be switched off by everybody."""
    assert await failing("") == {}


@pytest.mark.parametrize(("bad", "check"), BROKEN, ids=[bad for bad, _ in BROKEN])
async def test_each_fault_fails_exactly_its_check(bad: str, check: str) -> None:
    """A check that cannot fail is no check; one that fails for all faults tells nothing."""
    assert list(await failing(bad, spared=SLOW)) == [check]


async def test_a_module_that_touches_the_machine_is_found() -> None:
    """Importing a connector would open files or sockets unnoticed."""
    assert set(await failing("loud import")) == SLOW


async def test_a_declared_capability_without_its_part_is_found() -> None:
    """A declared door that is not there would be found by the vendor's first call."""
    found = await failing("no door", spared=SLOW)
    assert "test_every_declared_capability_has_its_part" in found
    doors = {case.name for case in cases(ToySuite) if "session" in case.check}
    assert doors <= set(found)
    assert len(found) == 5


def test_every_check_has_a_fault_that_fails_it() -> None:
    """A check added without a broken connector would never have been seen to fail."""
    broken = {check.partition("[")[0] for _, check in BROKEN} | ELSEWHERE
    assert {case.check for case in cases(ToySuite)} == broken
