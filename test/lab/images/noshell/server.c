/* A web server in an image without a shell: port 3000, /healthz answers with STATUS, SIGTERM ends it in order. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ending = 0;

static void end(int signal) {
  (void)signal;
  ending = 1;
}

static void answer(int client) {
  char request[4096];
  size_t length = 0;
  for (;;) {
    ssize_t got = read(client, request + length, sizeof request - 1 - length);
    if (got <= 0) return;
    length += (size_t)got;
    request[length] = 0;
    if (!strstr(request, "\r\n\r\n")) {
      if (length == sizeof request - 1) return;
      continue;
    }
    int status = strncmp(request, "GET /healthz", 12) == 0 ? STATUS : 200;
    const char *body = status == 200 ? "ok\n" : "broken\n";
    char response[256];
    int size = snprintf(response, sizeof response,
                        "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", status,
                        status == 200 ? "OK" : "Internal Server Error", strlen(body), body);
    if (write(client, response, (size_t)size) != size) return;
    length = 0;
  }
}

int main(void) {
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  int server = socket(AF_INET6, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(3000), .sin6_addr = IN6ADDR_ANY_INIT};
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 128) != 0) {
    perror("listen");
    return 1;
  }
  printf("listening on 3000, /healthz answers %d\n", STATUS);
  fflush(stdout);
  while (!ending) {
    int client = accept(server, NULL, NULL);
    if (client < 0) {
      if (errno == EINTR) continue;
      perror("accept");
      return 1;
    }
    if (fork() == 0) {
      signal(SIGTERM, SIG_DFL);
      close(server);
      answer(client);
      _exit(0);
    }
    close(client);
  }
  puts("ending");
  return 0;
}
