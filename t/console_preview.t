# Every page and message can be looked at in the console, of the sample or of an
# order, in any language and in both colours: as `ordersavectl render` makes it,
# in a document without scripts, forms and rights.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $port = free_port();
my $t = OrderSave::Worker->new(campaign => {locales => ['en', 'fr', 'id', 'ko'], site => 'https://shop.test'});
$t->start(no_worker => 1);
$t->configure(share => $t->{share}, console => {database => 'console.db', listen => "127.0.0.1:$port", open => JSON::PP::true});
$t->order(77, number => 'N77<i>', name => 'Ann <i>', email => 'ann@shop.test');
my $pid = fork // die;
if (!$pid) { open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-c', $t->path('worker.json') or POSIX::_exit(127) }
sub get { return $t->get("/$_[0]", port => $port) }
ok $t->wait_for('the console', sub { (eval { get('preview')->{status} } // 0) == 200 }), 'the console';

my $page = get('preview?name=cancelled&locale=ko&scheme=dark&wide=desktop&order=77&lang=fr');
like $page->{head}, qr/^Content-Security-Policy: default-src 'none'; .*; frame-src 'self'\r?$/mi, 'the page may have a frame of ours';
my ($source) = $page->{body} =~ /<iframe src="([^"]+)"/;
is $source =~ s/&amp;/&/gr, 'preview/show?name=cancelled&store=shop&locale=ko&kind=html&scheme=dark&order=77', 'which shows what was chosen';
like $page->{body}, qr/<iframe [^>]* sandbox=""/, 'without rights';
like $page->{body}, qr/<html lang="fr"/, 'in the language of who looks';
unlike get('')->{head}, qr/frame-src/, 'other pages have no frame';
my @names = $page->{body} =~ m{<select id="name".*?</select>}s ? $& =~ m{<option[^>]*>([^<]+)}g : ();
cmp_ok scalar(@names), '>', 70, 'all there are';
is scalar(grep { /^console_/ } @names), 0, 'but for the console itself';

my @bad;
my $share = $ENV{ORDERSAVE_FULL} ? 1 : 5;
for my $i (grep { $_ % $share == 0 } 0 .. $#names) {
    my $answer = get("preview/show?name=$names[$i]&locale=fr" . (-e "$t->{share}/templates/$names[$i].sms.mustache" && !-e "$t->{share}/templates/$names[$i].html.mustache" ? '&kind=sms' : $names[$i] eq 'note' ? '&kind=text' : ''));
    push @bad, "$names[$i]: $answer->{status} $answer->{body}" if $answer->{status} != 200 || $answer->{body} =~ /\{\{|<script[^>]*>(?!\s*<)/ && $answer->{body} !~ /async/;
    push @bad, "$names[$i]: policy" if $answer->{head} !~ /^Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data: https:\/\/shop\.test; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r?$/mi;
}
is join("\n", @bad), '', 'each is shown';

my ($rc, $html) = $t->ctl('-l', 'ko', 'render', 'cancelled', '77');
is $rc, 0, 'as a shell has it';
my $shown = get('preview/show?name=cancelled&locale=ko&order=77')->{body};
like $shown, qr/<html lang="ko"/, 'in its language';
is length $shown > 0.9 * length $html, 1, 'whole';
unlike $shown, qr/<i>/, 'nothing of an order is HTML';
like $shown, qr/prefers-color-scheme|max-width:0\)/, 'in light';
unlike $shown, qr/prefers-color-scheme|content="light dark"/, 'which nobody is asked about';
my $dark = get('preview/show?name=cancelled&locale=ko&order=77&scheme=dark')->{body};
like $dark, qr/\@media ?\(min-width:0\)/, 'in dark';
like get('preview/show?name=cancelled&kind=text&order=77')->{body}, qr/<pre>.*N77&lt;i&gt;/s, 'as text';
my $panel = get('preview/show?name=panel')->{body};
unlike $panel, qr/<link/, 'the panel needs nothing from the shop';
like $panel, qr/<style>.*\.os/s, 'it has its style';

is get("preview/show?name=$_")->{status}, 404, "none: $_" for 'nothing', '-h', '../worker', '--output%3D/tmp/x', 'console_queue%00';
like get('preview/show?name=cancelled&order=99999')->{body}, qr/no order 99999/, 'of no order, which it says';
is get('preview/show?name=cancelled&locale=zz')->{status}, 404, 'nor in a language that is none';
is get('preview/show?name=cancelled&store=x&kind=y&scheme=z')->{status}, 200, 'what is not known is passed over';

kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops';
unlike $t->read('console.err'), qr/runtime error|AddressSanitizer|LeakSanitizer/, 'no sanitizer line';
$t->stop;
done_testing;
