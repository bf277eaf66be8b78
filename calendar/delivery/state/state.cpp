#include "calendar/delivery/state/state.h"

#include "calendar/delivery/state/schema.h"

namespace calendar::delivery {

std::unique_ptr<State> State::open_read_only(const std::string& url) {
    if (!Database::exists(url)) return nullptr;
    std::unique_ptr<State> state(new State(url, Database::Access::read_only));
    state->read([](Database& reader) { check_schema(reader); });
    return state;
}

std::unique_ptr<State> State::open_existing(const std::string& url) {
    // Closed before it is opened to write: connections of a process share what SQLite may write.
    if (auto looking = open_read_only(url))
        looking->read([](Database& reader) { check_schema_to_write(reader); });
    else
        return nullptr;
    return std::make_unique<State>(url);
}

}  // namespace calendar::delivery
