// The only program of a machine that loads modules: each line of /modules names a file, which is
// loaded in a child, so that a module that dies takes nothing else with it. What the modules say
// goes to the console.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailbox.h"

static void ring(unsigned short port, unsigned char byte) {
  if (ioperm(port, 1, 1) == 0) outb(byte, port);
}

/* One line in the kernel's log, between those of the modules. */
static void say(const char *what, const char *file, const char *why) {
  char line[256];
  int log = open("/dev/kmsg", O_WRONLY);
  int length = snprintf(line, sizeof(line), "<4>sgproof: %s %s %s\n", what, file, why);
  if (log < 0) return;
  if (write(log, line, length) != length) ring(SGP_EXIT_PORT, SGP_EXIT_NO_RUNNER);
  close(log);
}

static int load(const char *file) {
  int module = open(file, O_RDONLY);
  return module < 0 || syscall(SYS_finit_module, module, "", 0) != 0 ? errno : 0;
}

int main(void) {
  unsigned char code = SGP_EXIT_DONE;
  char file[128];
  FILE *list = fopen("/modules", "r");
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  ring(SGP_BELL_PORT, SGP_BELL_READY);
  if (!list) code = SGP_EXIT_NO_RUNNER;
  while (list && fgets(file, sizeof(file), list)) {
    int status = 0;
    file[strcspn(file, "\n")] = 0;
    say("loading", file, "");
    pid_t child = fork();
    if (child == 0) _exit(load(file));
    if (child < 0 || waitpid(child, &status, 0) != child) break;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      code = SGP_EXIT_NO_RUNNER;
      say("cannot load", file, WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "(died)");
    }
    ring(SGP_BELL_PORT, SGP_BELL_SCENARIO);
  }
  ring(SGP_EXIT_PORT, code);
  for (;;) pause();
}
