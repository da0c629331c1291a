// Tables of functions that are compiled once per instruction set, one for float and one for double.
#pragma once

/// Defines `const Table<T>& function<T>()`: of the tables that the functions for_float and
/// for_double of each instruction set return, that for the best set that the processor has and
/// GLUINO_MAX_ISA allows. To be used once per source, after Highway's headers and
/// inside of HWY_ONCE.
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
