#include "calendar/itip/apply/request.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/itip/apply/create_event.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/personal_properties.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/derive.h"
#include "calendar/itip/time/recurrence.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// The organizer's new version of a stored object, component by component.
class Update {
  public:
    explicit Update(ApplyContext& context)
        : context_(context),
          stored_(*context.stored),
          result_(stored_),
          reader_(context.instances()),
          known_(context.stored_overrides(reader_)) {
        if (stored_.master) recurrence_.emplace(*stored_.master, context_.effort, context_.input.home);
    }

    Outcome outcome() {
        if (!stored_.master && !context_.message.master && std::ranges::any_of(context_.message.overrides, has_range))
            return refused(context_.input,
                           {Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known"});
        if (context_.message.master) take_master(*context_.message.master);
        if (result_.master) result_recurrence_.emplace(*result_.master, context_.effort, context_.input.home);
        result_.overrides.clear();
        stays_.assign(stored_.overrides.size(), true);
        mentioned_.assign(stored_.overrides.size(), false);
        for (const Component& said : context_.message.overrides)
            if (auto why = take_override(said)) return refused(context_.input, std::move(*why));
        cut_after_range();
        if (new_master_ && stored_.master) drop_omitted();
        drop_copies();
        if (const auto placed = place_overrides(); !placed) return refused(context_.input, placed.error());
        if (result_.master) settle_master();
        return judge();
    }

  private:
    /// The first RANGE=THISANDFUTURE of the message.
    struct Range {
        Instance first;
        Version version;
        bool copy;  // the calendar has it already
    };
    /// A change of the one instance where a stored RANGE begins.
    struct Alone {
        std::size_t place;  // in stored_
        std::size_t fresh;  // in fresh_
        Component component;
    };

    /// Counts a component of the message as taken, or remembers why it is not.
    bool counts(const Component& fresh, const Component* known) {
        std::optional<Refusal> why;
        const bool has_version = known != nullptr && written_by_organizer(*known);
        if (has_version) why = outdated(fresh, *known);
        if (!why && has_version && still_cancelled(fresh, *known))
            why = Refusal{Reason::cancelled_event, "it is cancelled, and only a higher SEQUENCE brings it back"};
        if (!why) return true;
        if (!left_alone_) left_alone_ = std::move(why);
        return false;
    }

    /// What somebody put in by hand has a SEQUENCE and DTSTAMP that are nobody's version.
    static bool written_by_organizer(const Component& known) { return known.find("ORGANIZER") != nullptr; }

    static bool still_cancelled(const Component& fresh, const Component& known) {
        return cancelled(known) && !cancelled(fresh) &&
               order(version_of(fresh), version_of(known)) != Order::newer_sequence;
    }

    void take_master(const Component& fresh) {
        const Component* const known = stored_.master ? &*stored_.master : nullptr;
        if (!counts(fresh, known)) return;
        new_master_ = true;
        moved_ = known != nullptr && !same_rhythm(fresh, *known);
        result_.master = merged(fresh, known);
    }

    /// Why the whole message cannot be used, if so.
    std::optional<Refusal> take_override(const Component& said) {
        const auto instance = reader_.read(*said.find("RECURRENCE-ID"));
        if (!instance) return Refusal{Reason::bad_recurrence_id, "a RECURRENCE-ID is no date"};
        const auto place = known_.find(*instance);
        // One names it by its time, another by its day: as many copies as messages would be stored.
        if (place && mentioned_[*place])
            return Refusal{Reason::bad_recurrence_id, "two components are for the same instance"};
        Component fresh = said;
        if (result_recurrence_) name_as_series(fresh, *instance, *result_recurrence_);
        const Component* const known = place ? &stored_.overrides[*place] : nullptr;
        const Component* const source = governing(stored_, known_, *instance);
        if (place) mentioned_[*place] = true;
        const std::string mark_id = known != nullptr ? known->value("RECURRENCE-ID") : named(fresh, *instance);
        if (!counts(fresh, known) || older_than_cancellation(fresh, *instance, mark_id) ||
            (known == nullptr && !new_master_ && source != nullptr && !counts(fresh, source))) {
            if (place) stays_[*place] = true;
            return std::nullopt;
        }
        (known == nullptr ? added_ : changed_) = true;
        taken_.add(*instance, fresh_.size());
        if (place) stays_[*place] = false;
        context_.marks.revive(mark_id);

        const bool moved = known != nullptr    ? !same_times(fresh, *known)
                           : source != nullptr ? moved_ || !as_governed(fresh, *source)
                                               : false;
        if (known != nullptr && has_range(*known) && !has_range(fresh)) alone_.push_back({*place, fresh_.size(), {}});
        fresh_.push_back(merged(fresh, source));
        if (source != nullptr && !moved) keep_answer(fresh_.back(), *source);
        if (has_range(fresh) && (!range_ || after(range_->first, *instance))) {
            const Version version = version_of(fresh);
            const bool copy =
                known != nullptr && has_range(*known) && order(version, version_of(*known)) == Order::same;
            range_ = Range{*instance, version, copy};
        }
        return std::nullopt;
    }

    /// The RECURRENCE-ID as the series itself writes it: a sender may name the same instance in UTC or by its day.
    std::string named(const Component& fresh, const Instance& instance) const {
        if (recurrence_)
            if (const auto time = recurrence_->find(instance)) return recurrence_->at("RECURRENCE-ID", *time).value;
        return fresh.value("RECURRENCE-ID");
    }

    /// Is the component older than the cancellation of its instance, or of all from an earlier one on?
    bool older_than_cancellation(const Component& fresh, const Instance& instance, const std::string& recurrence_id) {
        const ReplyMark* mark = context_.marks.find({}, recurrence_id);
        for (const ReplyMark& other : context_.marks.all()) {
            const auto first = cancelled_from(other);
            if (first && first->seconds <= instance.seconds && older(order(version_of(fresh), version_of(other))))
                mark = &other;
        }
        if (mark == nullptr) return false;
        const Order order_to_mark = order(version_of(fresh), version_of(*mark));
        if (!older(order_to_mark)) return false;
        if (!left_alone_)
            left_alone_ =
                Refusal{order_to_mark == Order::older_sequence ? Reason::stale_sequence : Reason::stale_dtstamp,
                        fmt::format("the instance was cancelled with SEQUENCE {} and DTSTAMP {}", mark->sequence,
                                    mark->dtstamp)};
        return true;
    }

    /// The first instance that a mark of THISANDFUTURE cancels.
    std::optional<Instance> cancelled_from(const ReplyMark& mark) const {
        const auto first = mark.attendee.empty() ? range_of(mark) : std::nullopt;
        return first ? reader_.read({"RECURRENCE-ID", {}, *first}) : std::nullopt;
    }

    /// A series that was ended after the new version was written stays ended.
    void end_cancelled(Component& master) const {
        for (const ReplyMark& mark : context_.marks.all()) {
            const auto first = cancelled_from(mark);
            if (!first || !older(order(version_of(*context_.message.master), version_of(mark)))) continue;
            end_before(master, Recurrence(master, context_.effort, context_.input.home), *first, reader_);
        }
    }

    /// RANGE=THISANDFUTURE speaks for the instances after it; of the stored ones only those in the message stay, and
    /// what came after it was written.
    void cut_after_range() {
        if (!range_ || range_->copy) return;
        for (std::size_t place = 0; place < stored_.overrides.size(); ++place) {
            const auto instance = reader_.read(*stored_.overrides[place].find("RECURRENCE-ID"));
            if (instance && !mentioned_[place] && after(*instance, range_->first) &&
                !written_after(stored_.overrides[place], range_->version))
                stays_[place] = false;
        }
    }

    /// Did the organizer write the override, or cancel its instance, after this version of the series or range?
    bool written_after(const Component& known, const Version& version) const {
        if (!written_by_organizer(known)) return false;
        if (version_of(known).stamp > version.stamp) return true;
        const ReplyMark* const mark =
            cancelled(known) ? context_.marks.find({}, known.value("RECURRENCE-ID")) : nullptr;
        return mark != nullptr && older(order(version, version_of(*mark)));
    }

    static bool after(const Instance& instance, const Instance& first) noexcept {
        return first.date ? instance.day > first.day : instance.seconds > first.seconds;
    }

    /// Overrides that a new version of the series omits go. Not those that the organizer wrote after it, nor a
    /// cancellation: then the mails came in another order. A second copy of the version we have says nothing new of
    /// them.
    void drop_omitted() {
        const Component& fresh = *context_.message.master;
        const Version version = version_of(fresh);
        if (written_by_organizer(*stored_.master) && order(version, version_of(*stored_.master)) == Order::same) return;
        for (std::size_t place = 0; place < stored_.overrides.size(); ++place)
            if (!mentioned_[place] && !written_after(stored_.overrides[place], version)) stays_[place] = false;
    }

    /// A second override for one instance, which no calendar should have, goes with the first.
    void drop_copies() {
        for (std::size_t place = 0; place < stored_.overrides.size(); ++place) {
            const auto instance = reader_.read(*stored_.overrides[place].find("RECURRENCE-ID"));
            const auto first = instance && !instance->date ? known_.find(*instance) : std::nullopt;
            if (first && !stays_[*first]) stays_[place] = false;
        }
    }

    /// The EXDATEs of the result, and then the recipient's answer, which depends on them.
    void settle_master() {
        Component& master = *result_.master;
        if (!new_master_) return include_again(master, taken_, reader_);
        if (!stored_.master) return;
        InstanceIndex omitted;  // overrides that stay though the new version does not have them
        for (std::size_t place = 0; place < stored_.overrides.size(); ++place)
            if (const auto instance = reader_.read(*stored_.overrides[place].find("RECURRENCE-ID"));
                instance && stays_[place] && !mentioned_[place])
                omitted.add(*instance, place);
        include_again(master, omitted, reader_);
        exclude_cancelled(master);
        end_cancelled(master);
        if (same_times(master, *stored_.master)) keep_answer(master, *stored_.master);
    }

    /// An instance that was cancelled after the new version was written stays excluded.
    void exclude_cancelled(Component& master) const {
        InstanceIndex excluded;
        for_each_date(master, "EXDATE", [&](const Property& date) {
            if (const auto instance = reader_.read(date)) excluded.add(*instance, 0);
        });
        for_each_date(*stored_.master, "EXDATE", [&](const Property& date) {
            const auto instance = reader_.read(date);
            if (instance && !excluded.find(*instance) && cancelled_later(date.value) && !taken_.find(*instance))
                master.properties.push_back(date);
        });
    }

    bool cancelled_later(const std::string& recurrence_id) const {
        const ReplyMark* const mark = context_.marks.find({}, recurrence_id);
        return mark != nullptr && older(order(version_of(*context_.message.master), version_of(*mark)));
    }

    /// Where a stored RANGE begins, a change of that one instance leaves those after it as they are.
    Expected<void> place_overrides() {
        for (std::size_t place = 0; place < stored_.overrides.size(); ++place)
            if (stays_[place]) result_.overrides.push_back(stored_.overrides[place]);
        const std::size_t first = result_.overrides.size();
        std::ranges::move(fresh_, std::back_inserter(result_.overrides));
        std::erase_if(alone_, [&](const Alone& alone) {
            return range_ && after(*known_.instance(alone.place), range_->first);  // a new RANGE goes on there
        });
        if (new_master_ || alone_.empty()) return {};
        for (Alone& alone : alone_)
            alone.component = std::exchange(result_.overrides[first + alone.fresh], stored_.overrides[alone.place]);
        Timeline timeline = context_.timeline(result_);
        for (Alone& alone : alone_)
            if (auto done = timeline.replace(first + alone.fresh, std::move(alone.component)); !done) return done;
        return {};
    }

    /// A component of the message with what the recipient's own copy keeps from `known`, but for his answer.
    Component merged(const Component& fresh, const Component* known) const {
        Component result = fresh;
        remove_unwanted(result, context_.input.options);
        if (known != nullptr) keep_personal_properties(result, *known);
        put_schedule_agent(result, known, context_.input.schedule_agent);
        return result;
    }

    void keep_answer(Component& fresh, const Component& known) const {
        keep_own_partstat(fresh, known, context_.input.recipient, context_.input.envelope_recipient);
    }

    /// One object has one organizer (RFC 6638 3.2.4.2), also when only an instance of it names the new one.
    void take_organizer() {
        const Property* const named = context_.message.organizer();
        if (named == nullptr || address_of(named) == address_of(stored_.organizer())) return;
        Component head{{}, {*named}, {}};
        remove_unwanted(head, context_.input.options);
        result_.each([&](Component& component) {
            Property* const line = component.find("ORGANIZER");
            if (line == nullptr || address_of(line) == address_of(named)) return;
            Component fresh = head;
            put_schedule_agent(fresh, &component, context_.input.schedule_agent);
            *line = std::move(fresh.properties.front());
        });
    }

    Outcome judge() {
        if (!new_master_ && !added_ && !changed_) return unchanged(context_, left_alone_->reason, left_alone_->detail);
        if (same_content(result_, stored_))
            return unchanged(context_, Reason::duplicate, "the calendar already has this version");
        take_organizer();
        const Reason reason = new_master_ ? Reason::changed_event
                              : changed_  ? Reason::changed_instance
                                          : Reason::new_instance;
        return stored_as(context_, Outcome::Kind::updated, reason,
                         fmt::format("{} has a new version with SEQUENCE {}", context_.message.uid,
                                     version_of(*context_.message.front()).sequence),
                         result_);
    }

    ApplyContext& context_;
    const Series& stored_;
    Series result_;
    const InstanceReader reader_;
    const Overrides known_;
    std::optional<Recurrence> recurrence_;         // of the stored master
    std::optional<Recurrence> result_recurrence_;  // of the master that it will have

    std::vector<bool> stays_;      // of the stored overrides
    std::vector<bool> mentioned_;  // those that the message has too
    std::optional<Range> range_;
    std::vector<Component> fresh_;  // overrides taken from the message
    InstanceIndex taken_;           // their instances
    std::vector<Alone> alone_;
    bool new_master_ = false;
    bool moved_ = false;  // the new master takes place at other times
    bool added_ = false;
    bool changed_ = false;
    std::optional<Refusal> left_alone_;
};

}  // namespace

Outcome apply_request(ApplyContext& context) {
    if (!context.stored) return create_event(context);
    return Update(context).outcome();
}

}  // namespace calendar::itip
