#include <stdio.h>
#include <xaodbc/xa.h>
#include <xaodbc/xaodbc.h>

int main(void) {
  if (xaodbc_switch.version != 0) {
    return 1;
  }
  return puts(xaodbc_version()) < 0;
}
