#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// too_complex, with a detail without the line.
tl::unexpected<Refusal> too_many(std::string_view what, std::size_t most);

/// One BEGIN that has no END yet.
struct OpenComponent {
    Component component;
    PropertyRule::Place place;
    std::size_t attendees = 0;
    std::vector<std::pair<const PropertyRule*, std::size_t>> once{};  ///< the properties that may not come again
};

/// The components of a text that are open, the outermost first.
class OpenComponents {
  public:
    /// How many the text has had.
    struct Counts {
        std::size_t components = 0, properties = 0, observances = 0;
    };

    explicit OpenComponents(const CalendarLimits& limits) : limits_(limits) {}

    bool empty() const noexcept { return open_.empty(); }
    std::size_t size() const noexcept { return open_.size(); }
    OpenComponent& innermost() noexcept { return open_.back(); }
    const OpenComponent& innermost() const noexcept { return open_.back(); }
    /// `other` outside of all of them.
    PropertyRule::Place place() const noexcept { return empty() ? PropertyRule::other : innermost().place; }

    Counts counts;

    /// Errors, with a detail without the line: too_deep; too_complex; bad_calendar when it must not stand there.
    Expected<void> begin(const std::string& name, std::size_t line);
    /// Is it the END of the innermost? Error: bad_calendar.
    Expected<void> check_end(const std::string& name) const;
    /// Puts the innermost into the one around it, or a VCALENDAR behind the others.
    void close(std::vector<Component>& calendars);
    /// Forgets all but this many of the outermost.
    void cut(std::size_t size);

  private:
    const CalendarLimits& limits_;
    std::vector<OpenComponent> open_;
};

/// The component that a BEGIN or END names, upper case. Errors, with a detail without the line: those of
/// parse_content_line(); bad_calendar when it names none.
Expected<std::string> component_named(std::string_view line);

}  // namespace calendar::itip
