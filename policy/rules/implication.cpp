#include "policy/rules/implication.h"

#include <algorithm>

namespace policy::rules {
namespace {

using Kind = Condition::Kind;

/// One of the words always holds, and no two of them do.
bool has_one_value(Fact fact) noexcept {
    return fact == Fact::method || fact == Fact::component || fact == Fact::recipient_is;
}

bool lists(const Condition& fact, std::string_view word) {
    return std::ranges::find(fact.wanted, word) != fact.wanted.end();
}

bool is_subset(const Condition& a, const Condition& b) {
    return std::ranges::all_of(a.wanted, [&](const std::string& word) { return lists(b, word); });
}

Condition negation_of(const Condition& condition) {
    Condition negation;
    negation.kind = Kind::negation;
    negation.children.push_back(condition);
    return negation;
}

/// One question, and all that it leads to.
class Comparison {
  public:
    bool always(const Condition& a) {
        switch (a.kind) {
            case Kind::fact:
                return is_complete(a);
            case Kind::all:
                return each(a, [&](const Condition& child) { return always(child); });
            case Kind::any:
                return some(a, [&](const Condition& child) {
                    return always(child) || some(a, [&](const Condition& other) {
                               return &other != &child && implies(negation_of(child), other);
                           });
                });
            case Kind::negation:
                return never(a.children.front());
        }
        return false;
    }

    bool never(const Condition& a) {
        switch (a.kind) {
            case Kind::fact:
                return false;
            case Kind::all:
                return some(a, [&](const Condition& child) {
                    return never(child) ||
                           some(a, [&](const Condition& other) { return &other != &child && exclude(child, other); });
                });
            case Kind::any:
                return each(a, [&](const Condition& child) { return never(child); });
            case Kind::negation:
                return always(a.children.front());
        }
        return false;
    }

    bool implies(const Condition& a, const Condition& b) {
        if (++steps_ > most_steps) return false;
        return by_parts_of_b(a, b) || by_parts_of_a(a, b);
    }

    bool exclude(const Condition& a, const Condition& b) {
        if (++steps_ > most_steps) return false;
        switch (a.kind) {
            case Kind::fact:
                return b.kind == Kind::fact ? exclude_facts(a, b) : exclude(b, a);
            case Kind::all:
                return some(a, [&](const Condition& child) { return exclude(child, b); });
            case Kind::any:
                return each(a, [&](const Condition& child) { return exclude(child, b); });
            case Kind::negation:
                return implies(b, a.children.front());
        }
        return false;
    }

  private:
    static constexpr int most_steps = 10'000;

    template <class Test>
    static bool each(const Condition& a, Test test) {
        return std::ranges::all_of(a.children, test);
    }
    template <class Test>
    static bool some(const Condition& a, Test test) {
        return std::ranges::any_of(a.children, test);
    }

    /// Whatever value the fact has, it is one of these.
    static bool is_complete(const Condition& fact) {
        const auto& about = info(fact.fact);
        if (about.kind == FactKind::hazards) return lists(fact, "none") && lists(fact, "any");
        return about.kind == FactKind::word &&
               std::ranges::all_of(about.words, [&](std::string_view word) { return lists(fact, word); });
    }

    static bool exclude_facts(const Condition& a, const Condition& b) {
        if (a.fact != b.fact) return false;
        const auto kind = info(a.fact).kind;
        if (kind == FactKind::flag) return a.flag != b.flag;
        const auto is_only_none = [](const Condition& c) { return c.wanted.size() == 1 && lists(c, "none"); };
        if (kind == FactKind::hazards)
            return (is_only_none(a) && !lists(b, "none")) || (is_only_none(b) && !lists(a, "none"));
        return has_one_value(a.fact) &&
               std::ranges::none_of(a.wanted, [&](const std::string& word) { return lists(b, word); });
    }

    bool by_parts_of_b(const Condition& a, const Condition& b) {
        switch (b.kind) {
            case Kind::fact:
                return is_complete(b);
            case Kind::all:
                return each(b, [&](const Condition& child) { return implies(a, child); });
            case Kind::any:
                return some(b, [&](const Condition& child) { return implies(a, child); });
            case Kind::negation:
                return exclude(a, b.children.front());
        }
        return false;
    }

    bool by_parts_of_a(const Condition& a, const Condition& b) {
        switch (a.kind) {
            case Kind::fact:
                if (b.kind != Kind::fact || a.fact != b.fact) return false;
                return info(a.fact).kind == FactKind::flag ? a.flag == b.flag : is_subset(a, b);
            case Kind::all:
                return some(a, [&](const Condition& child) { return implies(child, b); });
            case Kind::any:
                return each(a, [&](const Condition& child) { return implies(child, b); });
            case Kind::negation:
                return not_implies(a.children.front(), b);
        }
        return false;
    }

    /// Where `a` does not hold, `b` does.
    bool not_implies(const Condition& a, const Condition& b) {
        if (b.kind == Kind::negation) return implies(b.children.front(), a);
        switch (a.kind) {
            case Kind::fact:
                return b.kind == Kind::fact && a.fact == b.fact && info(a.fact).kind == FactKind::flag &&
                       a.flag != b.flag;
            case Kind::all:
                return each(a, [&](const Condition& child) { return not_implies(child, b); });
            case Kind::any:
                return some(a, [&](const Condition& child) { return not_implies(child, b); });
            case Kind::negation:
                return implies(a.children.front(), b);
        }
        return false;
    }

    int steps_ = 0;
};

}  // namespace

bool always_holds(const Condition& condition) {
    return Comparison().always(condition);
}

bool never_holds(const Condition& condition) {
    return Comparison().never(condition);
}

bool implies(const Condition& a, const Condition& b) {
    return Comparison().implies(a, b);
}

bool exclude_each_other(const Condition& a, const Condition& b) {
    return Comparison().exclude(a, b);
}

}  // namespace policy::rules
