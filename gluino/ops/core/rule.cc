#include <gluino/ops/core/rule.h>

namespace gluino::detail {

RuleContents::RuleContents() = default;
RuleContents::RuleContents(const RuleContents& other) = default;
RuleContents::RuleContents(RuleContents&& other) noexcept = default;
RuleContents& RuleContents::operator=(const RuleContents& other) = default;
RuleContents& RuleContents::operator=(RuleContents&& other) noexcept = default;
RuleContents::~RuleContents() = default;

}  // namespace gluino::detail
