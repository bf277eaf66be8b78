#include <fmt/format.h>

#include "policy/config/read_sections.h"

namespace policy::config {
namespace {

constexpr std::size_t most_waits = 50;

void read_retry(const Value& value, std::vector<std::chrono::seconds>& waits, Mistakes& mistakes) {
    using namespace std::chrono_literals;
    if (value.kind != Value::Kind::sequence || value.items.empty() || value.items.size() > most_waits) {
        must(value, "queue.retry", fmt::format("be a list of 1 to {} durations such as [30s, 2m, 1h]", most_waits),
             mistakes);
        return;
    }
    waits.clear();
    for (const Value& item : value.items) {
        const auto wait = read_duration(item, "queue.retry", mistakes);
        if (!wait) continue;
        if (*wait < 1s || *wait > 24h * 7 || *wait % 1s != 0ms)
            must(item, "queue.retry", "contain only whole seconds, at least 1s and at most 7d", mistakes);
        waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(*wait));
    }
}

}  // namespace

void read_queue(Section& top, Config& config) {
    using namespace std::chrono_literals;
    const Value* value = top.find("queue");
    if (value == nullptr) return;
    Section section(*value, "queue", top.mistakes());
    if (const Value* retry = section.find("retry")) read_retry(*retry, config.retry.waits, top.mistakes());
    section.duration("give_up_after", config.retry.give_up_after, 60s, 24h * 60);
    section.count("workers", config.workers, 1, 64);
    section.duration("hold_for", config.hold_for, std::chrono::seconds(1h), std::chrono::seconds(24h * 365));
    section.finish();
}

}  // namespace policy::config
