/* The declarations of the X/Open XA interface (CAE specification C193, "Distributed Transaction
 * Processing: The XA Specification", chapter 4 and appendix A), for LP64 platforms: a `long` has 64
 * bits, an XID 152 bytes, the switch 128 bytes. */
#ifndef XAODBC_XA_H
#define XAODBC_XA_H

#ifdef __cplusplus
extern "C" {
#endif

/* The transaction manager's own xa.h may have been included first; the layouts are the same. */
#ifndef XIDDATASIZE

#define XIDDATASIZE 128 /* bytes in xid_t.data */
#define MAXGTRIDSIZE 64 /* most bytes of a global transaction identifier */
#define MAXBQUALSIZE 64 /* most bytes of a branch qualifier */

/* A transaction branch identifier. formatID -1 is the null XID. gtrid is data[0, gtrid_length),
 * bqual follows it; both are binary. */
struct xid_t {
  long formatID;
  long gtrid_length;
  long bqual_length;
  char data[XIDDATASIZE];
};
typedef struct xid_t XID;

/* Provided by the transaction manager, called by resource managers that register dynamically. */
extern int ax_reg(int rmid, XID *xid, long flags);
extern int ax_unreg(int rmid, long flags);

#define RMNAMESZ 32     /* resource manager name including its NUL */
#define MAXINFOSIZE 256 /* open and close strings including their NUL */

/* What a resource manager offers. The order is the standard's: rollback before prepare. */
struct xa_switch_t {
  char name[RMNAMESZ];
  long flags;
  long version; /* 0 */
  int (*xa_open_entry)(char *info, int rmid, long flags);
  int (*xa_close_entry)(char *info, int rmid, long flags);
  int (*xa_start_entry)(XID *xid, int rmid, long flags);
  int (*xa_end_entry)(XID *xid, int rmid, long flags);
  int (*xa_rollback_entry)(XID *xid, int rmid, long flags);
  int (*xa_prepare_entry)(XID *xid, int rmid, long flags);
  int (*xa_commit_entry)(XID *xid, int rmid, long flags);
  int (*xa_recover_entry)(XID *xids, long count, int rmid, long flags);
  int (*xa_forget_entry)(XID *xid, int rmid, long flags);
  int (*xa_complete_entry)(int *handle, int *retval, int rmid, long flags);
};

/* Flags of the switch. */
#define TMNOFLAGS 0x00000000L
#define TMREGISTER 0x00000001L
#define TMNOMIGRATE 0x00000002L
#define TMUSEASYNC 0x00000004L

/* Flags of the calls. */
#define TMASYNC 0x80000000L
#define TMONEPHASE 0x40000000L
#define TMFAIL 0x20000000L
#define TMNOWAIT 0x10000000L
#define TMRESUME 0x08000000L
#define TMSUCCESS 0x04000000L
#define TMSUSPEND 0x02000000L
#define TMSTARTRSCAN 0x01000000L
#define TMENDRSCAN 0x00800000L
#define TMMULTIPLE 0x00400000L
#define TMJOIN 0x00200000L
#define TMMIGRATE 0x00100000L

/* Answers of ax_reg and ax_unreg. */
#define TM_JOIN 2
#define TM_RESUME 1
#define TM_OK 0
#define TMER_TMERR -1
#define TMER_INVAL -2
#define TMER_PROTO -3

/* Answers of the xa_ entries. */
#define XA_RBBASE 100
#define XA_RBROLLBACK XA_RBBASE
#define XA_RBCOMMFAIL (XA_RBBASE + 1)
#define XA_RBDEADLOCK (XA_RBBASE + 2)
#define XA_RBINTEGRITY (XA_RBBASE + 3)
#define XA_RBOTHER (XA_RBBASE + 4)
#define XA_RBPROTO (XA_RBBASE + 5)
#define XA_RBTIMEOUT (XA_RBBASE + 6)
#define XA_RBTRANSIENT (XA_RBBASE + 7)
#define XA_RBEND XA_RBTRANSIENT
#define XA_NOMIGRATE 9
#define XA_HEURHAZ 8
#define XA_HEURCOM 7
#define XA_HEURRB 6
#define XA_HEURMIX 5
#define XA_RETRY 4
#define XA_RDONLY 3
#define XA_OK 0
#define XAER_ASYNC (-2)
#define XAER_RMERR (-3)
#define XAER_NOTA (-4)
#define XAER_INVAL (-5)
#define XAER_PROTO (-6)
#define XAER_RMFAIL (-7)
#define XAER_DUPID (-8)
#define XAER_OUTSIDE (-9)

#endif /* XIDDATASIZE */

#ifdef __cplusplus
}
#endif

#endif /* XAODBC_XA_H */
