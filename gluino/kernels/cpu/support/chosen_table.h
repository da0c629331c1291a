// Tables of functions that are compiled once per instruction set. Both macros are to be used once
// per source, after Highway's headers and inside of HWY_ONCE.
#pragma once

/// Defines `const Table& function()`: of the tables that `of_set` of each instruction set returns,
/// that for the best set that the processor has and GLUINO_MAX_ISA allows.
#define GLUINO_CHOSEN(Table, function, of_set)                         \
  HWY_EXPORT(of_set);                                                  \
  const Table& function() {                                            \
    static const Table* const chosen = HWY_DYNAMIC_DISPATCH(of_set)(); \
    return *chosen;                                                    \
  }

/// The same for a table per type, `const Table<T>& function<T>()`, from for_float and for_double.
#define GLUINO_CHOSEN_TABLE(Table, function, for_float, for_double) \
  HWY_EXPORT(for_float);                                            \
  HWY_EXPORT(for_double);                                           \
  template <class T>                                                \
  const Table<T>& function() {                                      \
    static const Table<T>* const chosen = [] {                      \
      if constexpr (sizeof(T) == sizeof(float)) {                   \
        return HWY_DYNAMIC_DISPATCH(for_float)();                   \
      } else {                                                      \
        return HWY_DYNAMIC_DISPATCH(for_double)();                  \
      }                                                             \
    }();                                                            \
    return *chosen;                                                 \
  }
