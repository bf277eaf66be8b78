#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "policy/address_books/address_book.h"

namespace tests {

/// An address book elsewhere, as a test has it answer.
class FarBook final : public policy::address_books::AddressBook {
  public:
    using Answer = std::function<calendar::base::Found<bool>(calendar::base::Deadline)>;

    explicit FarBook(Answer answer) : answer_(std::move(answer)) {}
    calendar::base::Found<bool> knows(const calendar::base::Owner&, const calendar::itip::Address&,
                                      calendar::base::Deadline deadline) override {
        return answer_(deadline);
    }
    bool immediate() const noexcept override { return false; }

  private:
    Answer answer_;
};

inline calendar::base::Found<bool> no_answer(calendar::base::Deadline) {
    return tl::unexpected<std::string>("it does not answer");
}

}  // namespace tests
