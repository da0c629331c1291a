#include <kill_at.h>
