/* process.h — settings of the process itself. */
#ifndef BULU_BASE_PROCESS_H
#define BULU_BASE_PROCESS_H

/* No core file, no other process of this user may look in: memory holds keys and what people typed. Call it first. */
void process_keep_private(void);

#endif
