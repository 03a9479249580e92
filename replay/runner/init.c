// The first and only program of the booted machine: loads the runner and executes the scenarios in
// a child, again and again until no scenario is left. A child that dies was killed by the kernel
// under test; the runner closes its record when the next child calls.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailbox.h"

static int user_mode;

static void power_off(unsigned char code) {
  if (user_mode)
    reboot(RB_POWER_OFF);  // the mailbox says what the code would
  else if (ioperm(SGP_EXIT_PORT, 1, 1) == 0)
    outb(code, SGP_EXIT_PORT);
  for (;;) pause();
}

static int run_rest(void) {
  int fd = open("/dev/sgproof", O_RDWR);
  if (fd < 0) return 2;
  return ioctl(fd, SGP_IOC_RUN, 0) == 0 ? 0 : 3;
}

// Of User Mode Linux: the bell, which is on the command line, and where the kernel looks symbols up.
static const char *parameters(void) {
  static char line[4096], out[128];
  char name[128];
  unsigned long address = 0;
  mkdir("/proc", 0755);
  if (mount("proc", "/proc", "proc", 0, "") != 0) return "";
  FILE *file = fopen("/proc/cmdline", "r");
  const char *bell = file != NULL && fgets(line, sizeof(line), file) ? strstr(line, SGP_UM_BELL) : NULL;
  int fd = -1;
  if (bell == NULL || sscanf(bell, SGP_UM_BELL "%d", &fd) != 1) return "";
  fclose(file);
  user_mode = 1;
  file = fopen("/proc/kallsyms", "r");
  while (file != NULL && fscanf(file, "%lx %*c %127s%*[^\n]", &address, name) == 2)
    if (strcmp(name, "kallsyms_lookup_name") == 0) {
      snprintf(out, sizeof(out), "bell=%d lookup=%lu", fd, address);
      break;
    }
  return out;
}

int main(void) {
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  int module = open("/sgp_runner.ko", O_RDONLY);
  if (module < 0 || syscall(SYS_finit_module, module, parameters(), 0) != 0)
    power_off(SGP_EXIT_NO_RUNNER);
  for (;;) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(run_rest());
    if (child < 0 || waitpid(child, &status, 0) != child) break;
    if (WIFEXITED(status)) power_off(WEXITSTATUS(status) == 0 ? SGP_EXIT_DONE : SGP_EXIT_NO_RUNNER);
  }
  power_off(SGP_EXIT_NO_RUNNER);
}
