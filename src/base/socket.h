/* socket.h - processes of tocsin that find each other. */
#ifndef TOCSIN_SOCKET_H
#define TOCSIN_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/* To the part of tocsin that listens at FOLDER/NAME (SOCK_SEQPACKET), kept by root or by the user
 * of this process (SO_PEERCRED, unix(7)); -1 with a message. */
int socket_part(const char *folder, const char *name, char *why, size_t size);
bool socket_is_ours(int fd); /* the other end is root's, or this user's */
/* The other end is closed, and all that it said was taken. */
bool socket_is_gone(int fd);

#endif
