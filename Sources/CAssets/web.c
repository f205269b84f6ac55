#include "cassets.h"

static const unsigned char web[] = {
#embed "web.pack"
};

int web_size(void) { return (int)sizeof web; }

unsigned char web_byte(int at) { return at >= 0 && at < (int)sizeof web ? web[at] : 0; }
