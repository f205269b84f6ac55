// The web files inside this program, packed by Scripts/lib/assets.py. They are read byte by byte, so that no pointer
// to them ever leaves this target.
#pragma once

int web_size(void);
unsigned char web_byte(int at);
