#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <list>
#include <optional>
#include <unordered_map>

#include "calendar/base/deadline.h"
#include "calendar/base/threads/lock_guarded.h"

namespace calendar::base {

/// Values that are remembered for a while. Beyond a bound the least recently used goes first; the one that came last
/// stays, whatever it weighs. Thread-safe; values are copied out, so large ones are shared pointers.
template <class Key, class Value>
class LruCache {
  public:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// Keeps at most `most` values (at least one) that together weigh at most `heaviest`.
    explicit LruCache(std::size_t most, std::size_t heaviest = unlimited, Now now = &std::chrono::steady_clock::now)
        : most_(most), heaviest_(heaviest), now_(std::move(now)) {}

    /// None: not known, or expired.
    std::optional<Value> find(const Key& key) {
        const auto state = state_.lock();
        const auto found = state->places.find(key);
        if (found == state->places.end() || found->second->until <= now_()) return std::nullopt;
        state->entries.splice(state->entries.begin(), state->entries, found->second);
        return found->second->value;
    }

    /// Takes the place of an older value of this key. From `until` on it is not found any more.
    void put(const Key& key, Value value, Deadline until = Deadline::max(), std::size_t weight = 0) {
        std::list<Entry> gone;  // destroyed without the lock
        insert(*state_.lock(), {.key = key, .value = std::move(value), .until = until, .weight = weight}, gone);
    }

    /// The value of this key, or what `make()` returns, which is then kept without an expiry and weighs nothing. Of
    /// several threads that ask at once all get the same.
    template <class Make>
    Value find_or_put(const Key& key, Make make) {
        std::list<Entry> gone;
        const auto state = state_.lock();
        const auto found = state->places.find(key);
        if (found == state->places.end())
            insert(*state, {.key = key, .value = make(), .until = Deadline::max(), .weight = 0}, gone);
        else
            state->entries.splice(state->entries.begin(), state->entries, found->second);
        return state->entries.front().value;
    }

    std::size_t size() const { return state_.lock()->entries.size(); }
    std::size_t weight() const { return state_.lock()->weight; }

  private:
    struct Entry {
        Key key;
        Value value;
        Deadline until;
        std::size_t weight;
    };
    struct State {
        std::list<Entry> entries;  ///< the one used last in front
        std::unordered_map<Key, typename std::list<Entry>::iterator> places;
        std::size_t weight = 0;
    };

    /// What has to go is moved to `gone`.
    void insert(State& state, Entry entry, std::list<Entry>& gone) const {
        const auto drop = [&](typename std::list<Entry>::iterator each) {
            state.weight -= each->weight;
            state.places.erase(each->key);
            gone.splice(gone.end(), state.entries, each);
        };
        if (const auto old = state.places.find(entry.key); old != state.places.end()) drop(old->second);
        state.weight += entry.weight;
        state.entries.push_front(std::move(entry));
        state.places.emplace(state.entries.front().key, state.entries.begin());
        while (state.entries.size() > 1 && (state.entries.size() > most_ || state.weight > heaviest_))
            drop(std::prev(state.entries.end()));
    }

    const std::size_t most_;
    const std::size_t heaviest_;
    const Now now_;
    mutable LockGuarded<State> state_;
};

}  // namespace calendar::base
