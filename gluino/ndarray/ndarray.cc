#include <gluino/base/convert.h>
#include <gluino/base/thread_state.h>
#include <gluino/ndarray/block_pool.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ndarray/storage.h>

#include <new>
#include <utility>

namespace gluino {
namespace {

// With the block's header, room for an array's description.
constexpr std::size_t kImplCapacity = 128;

}  // namespace

Counted<NDArray::Impl> NDArray::Impl::make() {
  static_assert(sizeof(Impl) <= block_pool::kHeader + kImplCapacity);
  void* const block = block_pool::take(kImplCapacity);
  if (block == nullptr) throw std::bad_alloc();
  return Counted<Impl>(new (block) Impl);
}

void NDArray::Impl::destroy(Impl* impl) noexcept {
  impl->~Impl();
  block_pool::give_back(impl, kImplCapacity);
}

NDArray::NDArray(const Shape& shape, DType dtype, const Context& context) {
  check(shape.known(), "an array needs a known shape, got ", shape);
  std::size_t bytes = 0;
  check(!__builtin_mul_overflow(static_cast<std::size_t>(shape.size()), size_of(dtype), &bytes),
        "an array of shape ", shape, " is larger than memory");
  *this = NDArray(Storage::allocate(bytes, context), 0, shape, dtype);
}

NDArray::NDArray(std::shared_ptr<Storage> storage, std::size_t offset, const Shape& shape,
                 DType dtype)
    : impl_(Impl::make()) {
  impl_->data = storage->data() + offset;
  impl_->storage = std::move(storage);
  impl_->size = shape.size();
  impl_->shape = shape;
  impl_->dtype = dtype;
}

const Context& NDArray::context() const& { return impl()->storage->context(); }
Context NDArray::context() const&& { return impl()->storage->context(); }

NDArray NDArray::view(const Shape& shape) const {
  check(shape.known() && shape.size() == size(), "cannot view shape ", this->shape(), " as ",
        shape);
  const auto offset = static_cast<std::byte*>(data()) - storage()->data();
  return {storage(), static_cast<std::size_t>(offset), shape, dtype()};
}

NDArray NDArray::slice_view(std::int64_t begin, std::int64_t end) const {
  check(ndim() > 0, "a scalar array cannot be sliced");
  const std::int64_t rows = shape()[0];
  const std::int64_t first = begin < 0 ? begin + rows : begin;
  const std::int64_t last = end < 0 ? end + rows : end;
  check(0 <= first && first <= last && last <= rows, "slice [", begin, ", ", end,
        ") is out of range for axis 0 of shape ", shape());
  Shape rest = shape();
  rest[0] = last - first;
  const std::int64_t row = shape().size_between(1, ndim());
  const auto skipped = static_cast<std::size_t>(first * row) * size_of(dtype());
  const auto offset = static_cast<std::byte*>(data()) - storage()->data();
  return {storage(), static_cast<std::size_t>(offset) + skipped, rest, dtype()};
}

std::uint32_t NDArray::version() const { return impl()->storage->version(); }

void NDArray::note_change() const { impl()->storage->note_change(); }

NDArray NDArray::detach() const {
  return is_dense() ? view(shape()) : make_sparse(*impl()->sparse, shape());
}

void NDArray::set_autograd_entry(std::shared_ptr<AutogradEntry> entry) const {
  impl()->autograd = std::move(entry);
}

ReadObserver*& ReadObserver::current() { return thread_state().read_observer; }

template <class T>
std::vector<T> NDArray::to_vector(const SourceLocation& where) const {
  if (!is_dense()) return nd::sparse::stored_as(*this, StorageType::dense).to_vector<T>(where);
  std::vector<T> values(static_cast<std::size_t>(size()));
  dispatch(dtype(), [&]<class From>() {
    const From* from = data<From>(where);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = convert<T>(from[i]);
  });
  return values;
}

template std::vector<float> NDArray::to_vector<float>(const SourceLocation&) const;
template std::vector<double> NDArray::to_vector<double>(const SourceLocation&) const;
template std::vector<Half> NDArray::to_vector<Half>(const SourceLocation&) const;
template std::vector<BFloat16> NDArray::to_vector<BFloat16>(const SourceLocation&) const;
template std::vector<std::int8_t> NDArray::to_vector<std::int8_t>(const SourceLocation&) const;
template std::vector<int> NDArray::to_vector<int>(const SourceLocation&) const;
template std::vector<std::int64_t> NDArray::to_vector<std::int64_t>(const SourceLocation&) const;
template std::vector<std::uint8_t> NDArray::to_vector<std::uint8_t>(const SourceLocation&) const;
template std::vector<bool> NDArray::to_vector<bool>(const SourceLocation&) const;

}  // namespace gluino
