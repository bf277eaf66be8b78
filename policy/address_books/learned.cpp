#include "policy/address_books/address_book.h"

namespace policy::address_books {
namespace {

class LearnedBook final : public AddressBook {
  public:
    LearnedBook(LearnedOptions options, Correspondence correspondence)
        : options_(options), correspondence_(std::move(correspondence)) {}

    calendar::base::Found<bool> knows(const calendar::base::Owner& owner, const calendar::itip::Address& sender,
                                      calendar::base::Deadline) override {
        return correspondence_(owner.user, sender).map([this](std::size_t messages) {
            return messages >= options_.after;
        });
    }
    bool immediate() const noexcept override { return true; }

  private:
    const LearnedOptions options_;
    const Correspondence correspondence_;
};

}  // namespace

std::unique_ptr<AddressBook> make_learned_book(LearnedOptions options, Correspondence correspondence) {
    return std::make_unique<LearnedBook>(options, std::move(correspondence));
}

}  // namespace policy::address_books
