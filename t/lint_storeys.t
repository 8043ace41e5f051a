# No include and no call goes upwards or round (t/lib/storeys.pl): the tree
# says so of itself, and each thing that may not be, put into a copy, is seen.

use strict;
use warnings;
use Test::More;
use File::Temp 'tempdir';
use FindBin;

my $root = "$FindBin::Bin/..";
my $copy = tempdir(CLEANUP => 1);

system("cd '$root' && tar cf - core redis ngx_module worker bench t/unit t/fuzz t/lib docs/architecture.md | tar xf - -C '$copy'") == 0
    or die "no copy\n";

my $table = 't/lib/storeys.txt';
my ($theirs) = map { s{^\Q$copy/}{}r } glob "$copy/ngx_module/*.h";

sub content {
    my ($file, $text) = @_;
    open my $fh, defined $text ? '>' : '<', "$copy/$file" or die "$file: $!";
    return do { local $/; <$fh> } unless defined $text;
    print $fh $text;
    close $fh;
}

# What the check says of the copy once `change` was made to `file`, which may be
# new; then all is as it was.
sub said {
    my ($file, $change) = @_;
    my $old = -e "$copy/$file" ? content($file) : undef;
    local $_ = $old // '';
    $change->();
    content($file, $_);
    my $said = `perl $root/t/lib/storeys.pl $copy 2>&1`;
    my $status = $? >> 8;
    defined $old ? content($file, $old) : unlink "$copy/$file";
    return "$status: $said";
}

# The check itself changes seldom, and takes a second each time.
sub sees {
    my ($what, $file, $change, @like) = @_;
    return if !$ENV{ORDERSAVE_FULL} && $what !~ /^(?:a call to a folder above|a circle of calls in a folder|a header of a room above|a room without a storey)$/;
    my $said = said($file, $change);
    like $said, qr/^1: /, "$what is seen";
    like $said, $_, "$what: $_" for @like;
}

sub takes {
    my ($what, $file, $change) = @_;
    return if !$ENV{ORDERSAVE_FULL} && $what ne 'the tree';
    is said($file, $change), '0: ', "$what is taken";
}

# the picture of the module in docs/architecture.md is the table

my @drawn = map { join ' ', sort split / · / } map { /^    (\S+(?: · \S+)*)/ }
    split /\n/, content('docs/architecture.md') =~ /^The module, from the roof.*?\n\n(.*?)\n\n/ms ? $1 : '';
my @table = map { join ' ', sort map { s{.*/}{}r } split } reverse content('t/lib/storeys.txt') =~ /^storey ngx_module (.*)$/mg;
is join("\n", @drawn), join("\n", @table), 'docs/architecture.md draws the storeys of the module as they are';

takes 'the tree', 'core/base/os_str.c', sub { };

sees 'a call to a folder above', 'core/base/os_mail.c',
    sub { $_ .= "\nvoid\nos_mail_x(void)\n{\n    (void) os_campaign_at(NULL, \"\");\n}\n" },
    qr{core/base/os_mail\.c:\d+: os_campaign_at\(\), which is upstairs};
sees 'a function handed on from above', 'core/html/os_anchor.c',
    sub { $_ .= "\nvoid  *os_anchor_x = os_panel_token;\n" }, qr/os_panel_token\(\), which is upstairs/;
sees 'a call in a macro', 'core/base/os_mail.h',
    sub { s/^(#include.*)/$1\n#define OS_MAIL_X(c)  \\\n    os_campaign_at(c, "")/m }, qr/os_campaign_at\(\), which is upstairs/;
sees 'a call to a storey above', 'worker/osw_log.c',
    sub { $_ .= "\nvoid\nosw_log_x(void)\n{\n    osw_lease_tick(0);\n}\n" }, qr/osw_lease_tick\(\), which is upstairs \(log is on storey 0/;

sees 'a circle of calls in a folder', 'core/order/os_reduce_in.c',
    sub { $_ .= "\nvoid\nos_reduce_x(os_reduce_t *r)\n{\n    os_reduce_track_died(r);\n}\n" },
    qr{core/: a circle of calls: order/reduce_after (?:order/\S+ )*order/reduce_in (?:order/\S+ )*order/reduce_track},
    qr{core/order/os_reduce_in\.c:\d+: os_reduce_track_died\(\)};
sees 'a circle of calls between storeys', 'worker/osw_quiet.c',
    sub { $_ .= "\nvoid\nosw_quiet_x(void)\n{\n    osw_gate_pass(0);\n}\n" },
    qr{worker/: a circle of calls: gate quiet};

sees 'a circle of includes', 'core/base/os_str.h',
    sub { s/^#include <string.h>/#include "core\/base\/os_buf.h"/m },
    qr{a circle of includes: core/base/os_buf\.h core/base/os_str\.h};
sees 'a header of a room above', 'core/text/os_sms.c',
    sub { s/^(#include ")/#include "core\/view\/os_view.h"\n$1/m }, qr{includes core/view/os_view\.h, which is upstairs};
sees 'a header of another house', 'worker/osw_log.c',
    sub { s/^(#include ")/#include "$theirs"\n$1/m }, qr{which is in ngx_module/: not for worker/};
sees 'a header of a room upstairs, in the same folder', 'worker/osw_log.c',
    sub { s/^(#include ")/#include "worker\/osw_lease.h"\n$1/m }, qr{includes worker/osw_lease\.h, which is upstairs};
sees 'a call of another house', 'redis/os_link.c',
    sub { $_ .= "\nvoid\nos_link_x(void)\n{\n    osw_lease_tick(0);\n}\n" }, qr{osw_lease_tick\(\), which is in worker/: not for redis/};
sees 'a library that is not for it', 'core/base/os_mail.c',
    sub { s/^(#include ")/#include <hiredis\/hiredis.h>\n$1/m }, qr{core/ may not include <hiredis/hiredis\.h>};
sees 'a test that reaches further than it may', 't/fuzz/fuzz_html.c',
    sub { s/^(#include ")/#include "worker\/osw_log.h"\n$1/m }, qr{which is in worker/: not for t/fuzz/};

sees 'a room without a storey', 'redis/os_attic.c', sub { $_ = "int\nos_attic(void)\n{\n    return 0;\n}\n" },
    qr{redis/os_attic stands in no storey};
sees 'a storey with a room that is none', $table, sub { s/^storey redis link/storey redis cellar link/m },
    qr{there is no redis/cellar};
sees 'a room on two storeys', $table, sub { s/^(storey redis confirm)/$1 link/m }, qr{redis/link is there twice};
sees 'a knot that should have shrunk', $table, sub { s/^(storey worker main)/$1\nknot worker log zone/m },
    qr{worker/log is in no circle any more};

takes 'a name in a comment or a text', 'core/base/os_mail.c',
    sub { $_ .= "\n/* os_campaign_at() */\nconst char  *os_mail_x = \"os_campaign_at()\";\n" };
takes 'a prototype', 'core/base/os_mail.h', sub { s/^(#include.*)/$1\nvoid *os_campaign_at(const void *c);/m };
takes 'a static function of the same name', 'core/base/os_mail.c',
    sub { $_ .= "\nstatic int\nos_campaign_at(void)\n{\n    return 0;\n}\nint\nos_mail_x(void)\n{\n    return os_campaign_at();\n}\n" };

done_testing;
