#pragma once

#include <optional>
#include <string_view>

namespace calendar::itip {

/// Things in a well-formed message that no honest invitation needs. Words as in the manual. `html_description` is a
/// DESCRIPTION that is plainly a page in HTML, or any property that holds script; X-ALT-DESC and STYLED-DESCRIPTION,
/// which honest programs send, are dropped before anything is stored and are none.
enum class Hazard {
    sub_daily,
    too_many_instances,
    overlapping,
    impossible_rule,
    far_future,
    far_past,
    too_long,
    many_attendees,
    many_alarms,
    alarm_action,
    many_attachments,
    local_attachment,
    html_description,
    unsafe_link,
    sequence_jump,
};

std::string_view word(Hazard hazard) noexcept;
std::string_view sentence(Hazard hazard) noexcept;
std::optional<Hazard> hazard_of(std::string_view word) noexcept;

}  // namespace calendar::itip
