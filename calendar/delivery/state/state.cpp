#include "calendar/delivery/state/state.h"

#include "calendar/delivery/state/schema.h"

namespace calendar::delivery {

std::unique_ptr<State> State::open_read_only(const std::string& url) {
    if (!Database::exists(url)) return nullptr;
    std::unique_ptr<State> state(new State(url, Database::Access::read_only));
    state->read([](Database& reader) { check_schema(reader); });
    return state;
}

}  // namespace calendar::delivery
