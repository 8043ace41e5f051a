# A mail as it goes over the wire: nothing but ASCII, no line too long, and a
# reader gets back what was written.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Encode qw(encode_utf8 decode_utf8);
use Test::More;
use OrderSave::Worker;

my $long = '주문이 취소되어 아쉽습니다 ' x 12;
my $text = ".a line that begins with a dot\n..two\nspace at the end \n"
    . 'x' x 300 . "\n= equals =3D\nété, € und ß\n\ttab\n";

my $t = OrderSave::Worker->new(campaign => {mail => {
    from => 'Lumière "&" 상점 <shop@shop.test>', support => 'help@shop.test',
    reply_to => 'Care <care@shop.test>'}})->start(no_worker => 1);

$t->write('share/templates/applied.subject.mustache', encode_utf8($long));
$t->write('share/templates/applied.txt.mustache', encode_utf8($text));
$t->write('share/templates/applied.html.mustache',
          encode_utf8("<p>$long</p>\n" x 20));
$t->start_worker;

my $o = $t->buy(customer => 'ada');
$t->accept($o);
my ($mail) = $t->mails(1);
my $raw = $t->{sink}->get("/api/messages/$mail->{id}/raw")->body;
my ($head, $body) = split /\r\n\r\n/, $raw, 2;

unlike $raw, qr/[^\x00-\x7f]/, 'nothing but ASCII';
is scalar(grep { length > 78 } split /\r\n/, $raw), 0, 'no line above 78';
is_deeply [grep { length > 76 && /=\?/ } split /\r\n/, $head], [], 'none with an encoded word above 76 (RFC 2047)';
unlike $raw, qr/(?<!\r)\n/, 'every line ends in CR LF';
is $mail->{subject}, $long =~ s/\s+\z//r, 'the subject comes back';
is $mail->{text} =~ s/\r\n/\n/gr =~ s/\s+\z//r, $text =~ s/\s+\z//r,
    'so does the text, dots and spaces';
like $mail->{html}, qr/\A<p>\Q$long\E<\/p>/, 'and the HTML';
my %header = map { lc $_->[0] => $_->[1] } @{$mail->{headers}};
is $header{from}, 'Lumière "&" 상점 <shop@shop.test>', 'the sender\'s name';
like $header{'reply-to'}, qr/^"?Care"? <care\@shop\.test>$/, 'Reply-To';
is $header{'auto-submitted'}, 'auto-generated', 'Auto-Submitted';
like $header{date}, qr/^\w{3}, \d+ \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/, 'Date';
like $header{'content-type'}, qr{^multipart/alternative; boundary="=_}, 'parts';
is scalar @{$mail->{parts}}, 2, 'two of them';

# names and subjects of any length, and what only looks like an encoded word
my @odd = ('x' x 500, '=?UTF-8?Q?not_one?= indeed', join(' ', ('word') x 60), 'é', 'é' x 25 . ' ' . 'z' x 90);
for my $n (0 .. $#odd) {
    $t->kill_now('worker', 'TERM');
    $t->write('share/templates/applied.subject.mustache', encode_utf8($odd[$n]));
    $t->{overrides}{mail}{from} = substr($odd[$n], 0, 100) . ' <' . 'shop' x 8 . '@shop.test>';
    $t->write('campaign.json', JSON::PP->new->utf8->encode($t->campaign));
    $t->start_worker;
    my $odd = $t->buy(customer => 'ada');
    $t->accept($odd);
    my $mail = ($t->mails($n + 2))[-1];
    ($mail) = grep { $_->{subject} eq $odd[$n] } $t->mails($n + 2);
    ok $mail, "subject $n comes back" or next;
    my ($head) = split /\r\n\r\n/, $t->{sink}->get("/api/messages/$mail->{id}/raw")->body;
    is_deeply [grep { length > 76 && !/^List-Unsubscribe/ } split /\r\n/, $head], [], 'in lines of 76';
    my %h = map { lc $_->[0] => $_->[1] } @{$mail->{headers}};
    like $h{from}, qr/\Q@{[substr($odd[$n], 0, 100) =~ s{\s+\z}{}r]}\E/, 'and so does the name';
}

# what would break out of a header is not sent
my $evil = $t->buy(customer => 'ada', billing => {
    email => "a\@shop.test\r\nBcc: x\@shop.test"});
$t->accept($evil);
ok $t->wait_for('it', sub { $t->log =~ /applied smtp done[^\n]*: no address/ }),
    'an address with a line break is no address';
is scalar(my @none = $t->mails(0, to => 'a@shop.test')), 0, 'and nothing is sent there';

# nor is it one to reply to, in what the shop's people get
$t->tell($evil, kind => 'scored', score => 1, comment => 'too late');
my ($support) = $t->mails(1, subject => 'support_score');
$raw = $t->{sink}->get("/api/messages/$support->{id}/raw")->body;
($head) = split /\r\n\r\n/, $raw, 2;
unlike $head, qr/^(?:Bcc|Reply-To):/mi, 'no header comes out of an address';

$t->stop;
done_testing;
