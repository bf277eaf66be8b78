#pragma once

#include <functional>
#include <string>
#include <utility>

#include "milter/authentication/dkim/dkim.h"

namespace tests {

/// DNS as a test has it: `answer` to each name that is asked for, by whichever thread.
class Keys final : public milter::authentication::KeySource {
  public:
    using Answer = std::function<milter::authentication::KeyAnswer(const std::string& name)>;

    explicit Keys(Answer answer) : answer_(std::move(answer)) {}
    milter::authentication::KeyAnswer ask(const std::string& name, calendar::base::Deadline) override {
        return answer_(name);
    }

  private:
    Answer answer_;
};

}  // namespace tests
